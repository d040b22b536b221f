// USB devices that may be smart card readers, and one claimed interface of such a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::io {

// UsbTrouble is what a caller may act on.
enum class UsbTrouble { other, access, busy, gone, stalled };

struct UsbFailure {
  UsbTrouble trouble = UsbTrouble::other;
  Error error;
};

template <class T = void>
using UsbResult = std::expected<T, UsbFailure>;

struct UsbDevice {
  std::string node;  // "/dev/bus/usb/001/004"
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  std::vector<std::byte> configuration;  // the first configuration descriptor and all that follows it, unchecked
};

// UsbEndpoints names what of a device is to be claimed.
struct UsbEndpoints {
  std::uint8_t interface = 0;
  std::uint8_t bulk_out = 0;
  std::uint8_t bulk_in = 0;
};

// A UsbPipe is one claimed interface with a bulk endpoint each way; it is released when it goes.
class UsbPipe {
 public:
  virtual ~UsbPipe() = default;

  // write sends one message; no empty packet ends one of full packets, because its own length tells its end.
  virtual UsbResult<> write(std::span<const std::byte> message, Deadline deadline) = 0;

  // read gives the next message, of at most `most` bytes, or nothing when none came by `until`. What is on its way then
  // is not lost: the next call gets it.
  virtual UsbResult<std::optional<Secret>> read(std::size_t most, Deadline until) = 0;

  // descriptor is readable when read may have something. It stays the same, and is the pipe's.
  [[nodiscard]] virtual int descriptor() const = 0;

  // control sends a class request to the interface, without data.
  virtual UsbResult<> control(std::uint8_t request, std::uint16_t value, Deadline deadline) = 0;

  // clear_halt mends both endpoints after a stall.
  virtual UsbResult<> clear_halt() = 0;
};

class UsbBus {
 public:
  virtual ~UsbBus() = default;

  // devices lists what can be read below /dev/bus/usb; nothing there is an empty list.
  virtual std::vector<UsbDevice> devices() = 0;

  // holder names the programs that have the device open, as far as we may see them; "" when we see none.
  virtual std::string holder(const UsbDevice& device) = 0;

  // claim opens the device for us alone. UsbTrouble::access: its node is not ours to open; busy: another program has
  // it.
  virtual UsbResult<std::unique_ptr<UsbPipe>> claim(const UsbDevice& device, const UsbEndpoints& endpoints) = 0;
};

}  // namespace touchsts::io
