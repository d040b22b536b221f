#include "os/libusb_bus.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <libusb.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "os/descriptor.h"

namespace touchsts::os {
namespace {

using namespace std::chrono;
using io::UsbTrouble;

constexpr std::size_t kDeviceSize = 18;  // bytes of a device descriptor (USB 2.0, 9.6.1)
constexpr std::size_t kMostDescriptors = std::size_t{64} * 1024;
constexpr std::size_t kPacketMultiple = 1024;  // of every bulk packet size
constexpr std::size_t kMostDevices = 1024;
constexpr const char* kNodes = "/dev/bus/usb";
constexpr const char* kSysfs = "/sys/bus/usb/devices";

std::unexpected<io::UsbFailure> failure(UsbTrouble trouble, std::string text) {
  return std::unexpected(io::UsbFailure{trouble, {Fault::device, std::move(text), {}}});
}

UsbTrouble trouble_of(int code) {
  switch (code) {
    case LIBUSB_ERROR_ACCESS:
      return UsbTrouble::access;
    case LIBUSB_ERROR_BUSY:
      return UsbTrouble::busy;
    case LIBUSB_ERROR_NO_DEVICE:
      return UsbTrouble::gone;
    case LIBUSB_ERROR_PIPE:
      return UsbTrouble::stalled;
    default:
      return UsbTrouble::other;
  }
}

std::unexpected<io::UsbFailure> failure(std::string_view doing, int code) {
  return failure(trouble_of(code), formatted("USB: {}: {}", doing, libusb_error_name(code)));
}

unsigned milliseconds_until(Deadline deadline) {
  const auto left = ceil<milliseconds>(deadline - steady_clock::now());
  return static_cast<unsigned>(std::clamp(left, milliseconds(1), milliseconds(600'000)).count());
}

unsigned char* raw(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

struct ContextCloser {
  void operator()(libusb_context* context) const { libusb_exit(context); }
};
using Context = std::unique_ptr<libusb_context, ContextCloser>;

// The handle of one opened node, with its interface claimed.
class Handle {
 public:
  Handle(libusb_device_handle* handle, int interface) : handle_(handle), interface_(interface) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    libusb_release_interface(handle_, interface_);
    libusb_close(handle_);
  }
  [[nodiscard]] libusb_device_handle* get() const { return handle_; }
  [[nodiscard]] int interface() const { return interface_; }

 private:
  libusb_device_handle* handle_;
  int interface_;
};

class LibusbPipe : public io::UsbPipe {
 public:
  // Parts go in the reverse order of their making: handle, context, node.
  struct Parts {
    Descriptor node;
    Context context;
    std::unique_ptr<Handle> handle;
    Descriptor poll;
  };

  LibusbPipe(Parts parts, const io::UsbEndpoints& endpoints)
      : parts_(std::move(parts)), endpoints_(endpoints), transfer_(libusb_alloc_transfer(0)) {}
  LibusbPipe(const LibusbPipe&) = delete;
  LibusbPipe& operator=(const LibusbPipe&) = delete;
  ~LibusbPipe() override {
    if (reading_ && libusb_cancel_transfer(transfer_) == 0) {
      while (completed_ == 0 && handle_events(steady_clock::now() + seconds(1)) == 0) {
      }
    }
    libusb_free_transfer(transfer_);
  }

  io::UsbResult<> write(std::span<const std::byte> message, Deadline deadline) override {
    Secret copy(message);  // libusb takes no const
    int sent = 0;
    const int code = libusb_bulk_transfer(parts_.handle->get(),
                                          endpoints_.bulk_out,
                                          raw(copy.reveal_writable()),
                                          static_cast<int>(copy.size()),
                                          &sent,
                                          milliseconds_until(deadline));
    if (code != 0) {
      return failure("sending", code);
    }
    if (std::cmp_not_equal(sent, message.size())) {
      return failure(UsbTrouble::other, "USB: a message went out in part");
    }
    // The descriptor becomes readable only once a read was started. An error here is found again by read.
    if (!reading_ && most_ != 0) {
      start_reading(most_);
    }
    return {};
  }

  io::UsbResult<std::optional<Secret>> read(std::size_t most, Deadline until) override {
    most_ = most;
    if (!reading_) {
      if (const int code = start_reading(most); code != 0) {
        return failure("receiving", code);
      }
    }
    do {
      if (const int code = handle_events(until); code != 0) {
        return failure("receiving", code);
      }
      if (completed_ != 0) {
        reading_ = false;
        return finish_reading(most);
      }
    } while (steady_clock::now() < until);
    return std::nullopt;
  }

  [[nodiscard]] int descriptor() const override { return parts_.poll.get(); }

  io::UsbResult<> control(std::uint8_t request, std::uint16_t value, Deadline deadline) override {
    constexpr std::uint8_t kClassToInterface = 0x21;
    const int code = libusb_control_transfer(parts_.handle->get(),
                                             kClassToInterface,
                                             request,
                                             value,
                                             static_cast<std::uint16_t>(parts_.handle->interface()),
                                             nullptr,
                                             0,
                                             milliseconds_until(deadline));
    return code < 0 ? io::UsbResult<>(failure("a control request", code)) : io::UsbResult<>();
  }

  io::UsbResult<> clear_halt() override {
    for (const std::uint8_t endpoint : {endpoints_.bulk_in, endpoints_.bulk_out}) {
      if (const int code = libusb_clear_halt(parts_.handle->get(), endpoint); code != 0) {
        return failure("clearing a halt", code);
      }
    }
    return {};
  }

 private:
  static void on_completion(libusb_transfer* transfer) {
    static_cast<LibusbPipe*>(transfer->user_data)->completed_ = 1;
  }

  int start_reading(std::size_t most) {
    buffer_ = Secret::blank((most + kPacketMultiple - 1) / kPacketMultiple * kPacketMultiple);
    completed_ = 0;
    libusb_fill_bulk_transfer(transfer_,
                              parts_.handle->get(),
                              endpoints_.bulk_in,
                              raw(buffer_.reveal_writable()),
                              static_cast<int>(buffer_.size()),
                              on_completion,
                              this,
                              0);
    const int code = libusb_submit_transfer(transfer_);
    reading_ = code == 0;
    return code;
  }

  int handle_events(Deadline until) {
    const auto left =
        std::clamp(ceil<microseconds>(until - steady_clock::now()), microseconds(0), microseconds(seconds(600)));
    timeval time{static_cast<time_t>(left.count() / 1'000'000), static_cast<suseconds_t>(left.count() % 1'000'000)};
    const int code = libusb_handle_events_timeout_completed(parts_.context.get(), &time, &completed_);
    return code == LIBUSB_ERROR_INTERRUPTED ? 0 : code;
  }

  io::UsbResult<std::optional<Secret>> finish_reading(std::size_t most) {
    switch (transfer_->status) {
      case LIBUSB_TRANSFER_COMPLETED:
        break;
      case LIBUSB_TRANSFER_STALL:
        return failure("receiving", LIBUSB_ERROR_PIPE);
      case LIBUSB_TRANSFER_NO_DEVICE:
        return failure("receiving", LIBUSB_ERROR_NO_DEVICE);
      case LIBUSB_TRANSFER_OVERFLOW:
        return failure("receiving", LIBUSB_ERROR_OVERFLOW);
      default:
        return failure("receiving", LIBUSB_ERROR_IO);
    }
    const auto size = static_cast<std::size_t>(transfer_->actual_length);
    if (size > most) {
      return failure("receiving", LIBUSB_ERROR_OVERFLOW);
    }
    buffer_.shrink(size);
    return std::move(buffer_);
  }

  Parts parts_;
  io::UsbEndpoints endpoints_;
  libusb_transfer* transfer_;
  Secret buffer_;
  std::size_t most_ = 0;  // bytes of a message, once one was read
  bool reading_ = false;
  int completed_ = 0;
};

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  DIR* const listing = opendir(path.c_str());
  while (const dirent* const entry = listing != nullptr ? readdir(listing) : nullptr) {
    names.emplace_back(entry->d_name);
  }
  if (listing != nullptr) {
    closedir(listing);
  }
  std::ranges::sort(names);
  return names;
}

std::uint16_t u16_at(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) | std::to_integer<unsigned>(bytes[at + 1])
                                                                               << 8);
}

// The device descriptor and every configuration descriptor: from the device node for users who may read it, and from
// sysfs, where it is mounted, for all users.
std::optional<io::UsbDevice> read_device(const std::string& path, const std::string& descriptors) {
  const Descriptor file = open_at(AT_FDCWD, descriptors.c_str(), O_RDONLY | O_CLOEXEC);
  if (!file.valid()) {
    return std::nullopt;
  }
  std::vector<std::byte> bytes(kMostDescriptors);
  const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
  if (count < static_cast<ssize_t>(kDeviceSize)) {
    return std::nullopt;
  }
  bytes.resize(static_cast<std::size_t>(count));
  constexpr std::size_t kVendorAt = 8;
  constexpr std::size_t kProductAt = 10;
  io::UsbDevice device{
      .node = path, .vendor = u16_at(bytes, kVendorAt), .product = u16_at(bytes, kProductAt), .configuration = {}};
  device.configuration.assign(bytes.begin() + kDeviceSize, bytes.end());
  return device;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The node of a device's folder in sysfs; interfaces ("1-1:1.0") have none.
std::optional<std::string> node_of(const std::string& folder) {
  const auto number = [&folder](const char* name) {
    const Descriptor file = open_at(AT_FDCWD, (folder + "/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    std::array<char, 8> text{};
    const ssize_t count = file.valid() ? ::read(file.get(), text.data(), text.size()) : 0;
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(count, 0), value);
    return value;
  };
  const unsigned bus = number("busnum");
  const unsigned device = bus != 0 ? number("devnum") : 0;
  return device != 0 ? std::optional(formatted("{}/{:03}/{:03}", kNodes, bus, device)) : std::nullopt;
}

std::string program_of(const std::string& process) {
  const Descriptor file = open_at(AT_FDCWD, formatted("/proc/{}/comm", process).c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 32> name{};
  const ssize_t count = file.valid() ? ::read(file.get(), name.data(), name.size()) : 0;
  const std::string_view text(name.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return printable(text.substr(0, text.find('\n')));
}

Descriptor poll_of(libusb_context* context) {
  Descriptor poll(epoll_create1(EPOLL_CLOEXEC));
  const libusb_pollfd** const list = libusb_get_pollfds(context);
  for (const libusb_pollfd** item = list; poll.valid() && item != nullptr && *item != nullptr; ++item) {
    epoll_event event{};
    event.events = static_cast<std::uint32_t>((*item)->events);
    epoll_ctl(poll.get(), EPOLL_CTL_ADD, (*item)->fd, &event);
  }
  libusb_free_pollfds(list);
  return poll;
}

std::unexpected<io::UsbFailure> not_opened(const std::string& node) {
  const int why = errno;
  const UsbTrouble trouble = why == EACCES || why == EPERM                    ? UsbTrouble::access
                             : why == ENOENT || why == ENODEV || why == ENXIO ? UsbTrouble::gone
                                                                              : UsbTrouble::other;
  return failure(trouble, formatted("{} cannot be opened: {}", node, std::strerror(why)));
}

}  // namespace

std::vector<io::UsbDevice> LibusbBus::devices() {
  std::vector<io::UsbDevice> found;
  const auto add = [&found](const std::string& node, const std::string& descriptors) {
    if (auto device = read_device(node, descriptors); device && found.size() < kMostDevices) {
      found.push_back(*std::move(device));
    }
  };
  for (const auto& name : names_in(kSysfs)) {
    const std::string folder = formatted("{}/{}", kSysfs, name);
    if (const auto node = node_of(folder)) {
      add(*node, folder + "/descriptors");
    }
  }
  if (!found.empty()) {
    return found;
  }
  for (const auto& bus : names_in(kNodes)) {
    for (const auto& number : names_in(formatted("{}/{}", kNodes, bus))) {
      const std::string node = formatted("{}/{}/{}", kNodes, bus, number);
      if (is_number(bus) && is_number(number)) {
        add(node, node);
      }
    }
  }
  return found;
}

std::string LibusbBus::holder(const io::UsbDevice& device) {
  std::string holders;
  for (const auto& process : names_in("/proc")) {
    if (!is_number(process) || process == std::to_string(getpid())) {
      continue;
    }
    const std::string folder = formatted("/proc/{}/fd", process);
    const bool holds = std::ranges::any_of(names_in(folder), [&](const std::string& number) {
      std::array<char, 256> target{};
      const ssize_t size = readlink(formatted("{}/{}", folder, number).c_str(), target.data(), target.size());
      return size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == device.node;
    });
    if (holds) {
      holders += formatted("{}{} (process {})", holders.empty() ? "" : ", ", program_of(process), process);
    }
  }
  return holders;
}

io::UsbResult<std::unique_ptr<io::UsbPipe>> LibusbBus::claim(const io::UsbDevice& device,
                                                             const io::UsbEndpoints& endpoints) {
  LibusbPipe::Parts parts;
  parts.node = open_at(AT_FDCWD, device.node.c_str(), O_RDWR | O_CLOEXEC);
  if (!parts.node.valid()) {
    return not_opened(device.node);
  }
  libusb_init_option no_discovery{};
  no_discovery.option = LIBUSB_OPTION_NO_DEVICE_DISCOVERY;
  libusb_context* context = nullptr;
  if (const int code = libusb_init_context(&context, &no_discovery, 1); code != 0) {
    return failure("starting", code);
  }
  parts.context.reset(context);
  libusb_device_handle* handle = nullptr;
  if (const int code = libusb_wrap_sys_device(context, parts.node.get(), &handle); code != 0) {
    return failure("opening " + device.node, code);
  }
  if (const int code = libusb_claim_interface(handle, endpoints.interface); code != 0) {
    libusb_close(handle);
    return failure("claiming " + device.node, code);
  }
  parts.handle = std::make_unique<Handle>(handle, endpoints.interface);
  parts.poll = poll_of(context);
  return std::make_unique<LibusbPipe>(std::move(parts), endpoints);
}

}  // namespace touchsts::os
