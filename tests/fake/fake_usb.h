// A USB device with a smart card interface, in memory: it frames CCID as a YubiKey does and asks `card` for the answer
// to each command. Faults are set by fields; what went over the wire can be looked at.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fake/hex.h"
#include "io/usb.h"

namespace touchsts::fake {

using Bytes = std::vector<std::byte>;

// What the device does; outlives the pipes to it.
struct FakeReader {
  std::function<Bytes(const Bytes&)> card;  // command APDU to response APDU
  std::vector<Bytes> commands;              // every APDU that came in whole
  std::deque<Bytes> inbox;                  // what the next reads give
  int extensions = 0;                       // time extensions before each answer
  bool mute = false;
  bool hold = false;                     // extensions, but no answer: the touch does not come
  bool gone = false;                     // unplugged
  int gone_after = -1;                   // writes until it is unplugged
  int stalls_out = 0;                    // writes that stall
  int stalls_in = 0;                     // reads that stall
  bool slot_busy = false;                // a killed predecessor's command is under way, until an abort
  std::size_t largest = 3072;            // bytes of a message
  bool always_busy = false;              // an abort does not help either
  std::function<void(Bytes&)> spoil;     // changes every answer
  std::function<void(Deadline)> waited;  // a read finds nothing until then
  int aborts = 0;
  int writes = 0;

  void reply(std::uint8_t type,
             std::uint8_t sequence,
             std::uint8_t status,
             std::uint8_t error,
             std::uint8_t chain,
             const Bytes& data) {
    Bytes message;
    const auto put = [&message](std::size_t value) { message.push_back(static_cast<std::byte>(value & 0xFF)); };
    put(type);
    for (int i = 0; i < 4; ++i) {
      put(data.size() >> (8 * i));
    }
    put(0);
    put(sequence);
    put(status);
    put(error);
    put(chain);
    message.insert(message.end(), data.begin(), data.end());
    if (spoil) {
      spoil(message);
    }
    inbox.push_back(message);
  }

  void take(const Bytes& message) {
    const auto at = [&message](std::size_t i) { return std::to_integer<std::uint8_t>(message[i]); };
    const std::uint8_t sequence = at(6);
    const Bytes data(message.begin() + 10, message.end());
    switch (at(0)) {
      case 0x62:
        if (slot_busy || always_busy) {
          reply(0x80, sequence, 0x40, 0xE0, 0, {});
        } else {
          reply(0x80, sequence, 0, 0, 0, bytes_from_hex("3bfd1300008131fe158073c021c057597562694b657940"));
        }
        break;
      case 0x72:
        ++aborts;
        slot_busy = false;
        reply(0x81, sequence, 0, 0, 0, {});
        break;
      case 0x6F:
        transfer(sequence, at(8), data);
        break;
      default:
        reply(0x81, sequence, 0x40, 0, 0, {});
    }
  }

  void transfer(std::uint8_t sequence, std::uint8_t level, const Bytes& data) {
    if (level == 0x10) {
      answer(sequence);
      return;
    }
    collected.insert(collected.end(), data.begin(), data.end());
    if (level == 1 || level == 3) {
      reply(0x80, sequence, 0, 0, 0x10, {});
      return;
    }
    commands.push_back(std::exchange(collected, {}));
    for (int i = 0; i < extensions; ++i) {
      reply(0x80, sequence, 0x80, 1, 0, {});
    }
    if (!hold) {
      rest = card(commands.back());
      first_part = true;
      answer(sequence);
    }
  }

  void answer(std::uint8_t sequence) {
    const Bytes part(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), largest - 10)));
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(part.size()));
    const bool first = std::exchange(first_part, false);
    const std::uint8_t chain = rest.empty() ? (first ? 0 : 2) : (first ? 1 : 3);
    reply(0x80, sequence, 0, 0, chain, part);
  }

  Bytes collected;
  Bytes rest;
  bool first_part = true;
};

class FakePipe : public io::UsbPipe {
 public:
  explicit FakePipe(FakeReader& reader) : reader_(reader) {}

  io::UsbResult<> write(std::span<const std::byte> message, Deadline) override {
    if (reader_.gone || (reader_.gone_after >= 0 && reader_.writes >= reader_.gone_after)) {
      reader_.gone = true;
      return trouble(io::UsbTrouble::gone);
    }
    ++reader_.writes;
    if (reader_.stalls_out > 0) {
      --reader_.stalls_out;
      return trouble(io::UsbTrouble::stalled);
    }
    if (!reader_.mute) {
      reader_.take(Bytes(message.begin(), message.end()));
    }
    return {};
  }

  io::UsbResult<std::optional<Secret>> read(std::size_t most, Deadline until) override {
    if (reader_.gone) {
      return trouble(io::UsbTrouble::gone);
    }
    if (reader_.stalls_in > 0) {
      --reader_.stalls_in;
      return trouble(io::UsbTrouble::stalled);
    }
    if (reader_.inbox.empty()) {
      if (reader_.waited) {
        reader_.waited(until);
      }
      return std::nullopt;
    }
    const Bytes message = reader_.inbox.front();
    reader_.inbox.pop_front();
    if (message.size() > most) {
      return trouble(io::UsbTrouble::other);
    }
    return Secret(message);
  }

  [[nodiscard]] int descriptor() const override { return -1; }
  io::UsbResult<> control(std::uint8_t, std::uint16_t, Deadline) override { return {}; }
  io::UsbResult<> clear_halt() override { return {}; }

 private:
  static std::unexpected<io::UsbFailure> trouble(io::UsbTrouble kind) {
    return std::unexpected(io::UsbFailure{kind, {Fault::device, "USB trouble", {}}});
  }

  FakeReader& reader_;
};

struct FakeUsbBus : io::UsbBus {
  struct Plugged {
    io::UsbDevice device;
    FakeReader* reader = nullptr;
    std::optional<io::UsbTrouble> trouble;                 // instead of a claim
    std::function<std::unique_ptr<io::UsbPipe>()> pipe{};  // instead of one to the reader
  };
  std::vector<Plugged> plugged;
  std::function<std::string()> held_by = [] { return "scdaemon (process 42)"; };
  int claims = 0;

  // A YubiKey's own descriptors.
  void plug(FakeReader& reader, std::uint16_t vendor = 0x1050) {
    plugged.push_back(
        {.device = {.node = "/dev/bus/usb/001/00" + std::to_string(plugged.size() + 2),
                    .vendor = vendor,
                    .product = 0x0407,
                    .configuration = bytes_from_hex(
                        "0902560001010080 0f 09040200030b0000 00 36210001 00 07 02000000 a00f0000 a00f0000 00 "
                        "00b00400 00b00400 00 f60b0000 00000000 00000000 fe000400 000c0000 ff ff 0000 00 01"
                        "07050202400000 07058202400000 07058303080020")},
         .reader = &reader,
         .trouble = {}});
  }

  std::vector<io::UsbDevice> devices() override {
    std::vector<io::UsbDevice> found;
    for (const auto& item : plugged) {
      found.push_back(item.device);
    }
    return found;
  }
  std::string holder(const io::UsbDevice&) override { return held_by(); }
  io::UsbResult<std::unique_ptr<io::UsbPipe>> claim(const io::UsbDevice& device, const io::UsbEndpoints&) override {
    ++claims;
    for (const auto& item : plugged) {
      if (item.device.node == device.node && !item.trouble) {
        return item.pipe ? item.pipe() : std::make_unique<FakePipe>(*item.reader);
      }
      if (item.device.node == device.node) {
        return std::unexpected(io::UsbFailure{*item.trouble, {Fault::device, "USB trouble", {}}});
      }
    }
    return std::unexpected(io::UsbFailure{io::UsbTrouble::gone, {Fault::device, "USB trouble", {}}});
  }
};

}  // namespace touchsts::fake
