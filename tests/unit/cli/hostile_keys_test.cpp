// Broken and hostile devices, from the descriptor to the code, as the person at the terminal meets them: one line, an
// exit code, and an end in time. The rows follow CCID 1.1, ISO 7816-4 and Yubico's YKOATH Protocol.
#include <functional>
#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "cli/run.h"
#include "fake/fake_world.h"

namespace touchsts::cli {
namespace {

using fake::Bytes;
using fake::bytes_from_hex;

constexpr Seconds kTimeout{20};
constexpr int kPowerOn = 1;  // the message that is the answer to it

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

// A YubiKey with one account, "alice"; what it answers to an instruction can be replaced.
struct Key {
  fake::FakeWorld world;
  fake::FakeReader reader;
  std::map<unsigned, std::string> answers;  // by instruction, in hexadecimal
  int messages = 0;

  Key() {
    world.usb.plug(reader);
    reader.card = [this](const Bytes& command) { return answer(command); };
    reader.waited = [this](Deadline until) { world.clock.sleep_until(until); };
  }

  Bytes answer(const Bytes& command) {
    const auto instruction = std::to_integer<unsigned>(command[1]);
    if (const auto changed = answers.find(instruction); changed != answers.end()) {
      return bytes_from_hex(changed->second);
    }
    switch (instruction) {
      case 0xA4:
        return bytes_from_hex("7903050403 71080123456789abcdef 9000");
      case 0xA1:
        return bytes_from_hex("7206 21 616c696365 9000");
      case 0xA2:
        return bytes_from_hex("7605 06 0000002a 9000");
      default:
        return bytes_from_hex("6d00");
    }
  }

  // Every message behind the answer to power-on is changed.
  void spoil(std::function<void(Bytes&)> change) {
    reader.spoil = [this, change = std::move(change)](Bytes& message) {
      if (++messages > kPowerOn) {
        change(message);
      }
    };
  }
  void set(std::size_t at, std::uint8_t value) {
    spoil([at, value](Bytes& message) { message.at(at) = static_cast<std::byte>(value); });
  }
  void cut(std::size_t size) {
    spoil([size](Bytes& message) { message.resize(std::min(size, message.size())); });
  }
  std::byte& described(std::size_t at) { return world.usb.plugged.front().device.configuration.at(at); }
};

// Where things stand in the descriptors of FakeUsbBus.
constexpr std::size_t kInterfaceClass = 9 + 5;
constexpr std::size_t kCcid = 18;
constexpr std::size_t kFeatures = kCcid + 42;
constexpr std::size_t kLongestMessage = kCcid + 44;
constexpr std::size_t kBulkOut = kCcid + 54;
constexpr std::size_t kBulkIn = kBulkOut + 7;

struct Device {
  std::string_view name;
  std::function<void(Key&)> make;
  int code;               // exit code of oath code alice
  std::string_view text;  // of stdout (0) or stderr
};

void nothing(Key&) {}

// CALCULATE knows no account of the name, so that the list is read.
std::function<void(Key&)> listing(const std::string& list) {
  return [list](Key& key) {
    key.answers[0xA2] = "6984";
    key.answers[0xA1] = list;
  };
}

const Device kDevices[] = {
    {"a good one", nothing, 0, "000042\n"},

    // What it says that it is.
    {"none", [](Key& key) { key.world.usb.plugged.clear(); }, 5, "no YubiKey found"},
    {"of another vendor", [](Key& key) { key.world.usb.plugged.front().device.vendor = 0x08E6; }, 5, "no YubiKey"},
    {"without descriptors", [](Key& key) { key.world.usb.plugged.front().device.configuration.clear(); }, 5, "no Yubi"},
    {"descriptors cut short",
     [](Key& key) { key.world.usb.plugged.front().device.configuration.resize(30); },
     5,
     "no YubiKey"},
    {"a descriptor without length", [](Key& key) { key.described(kCcid) = std::byte{0}; }, 5, "no YubiKey"},
    {"a descriptor longer than all", [](Key& key) { key.described(kCcid) = std::byte{0xFF}; }, 5, "no YubiKey"},
    {"a CCID descriptor that is too short", [](Key& key) { key.described(kCcid) = std::byte{53}; }, 5, "no YubiKey"},
    {"no smart card interface", [](Key& key) { key.described(kInterfaceClass) = std::byte{3}; }, 5, "no YubiKey"},
    {"no APDU level", [](Key& key) { key.described(kFeatures) = std::byte{0}; }, 5, "no YubiKey"},
    {"no bulk endpoint in", [](Key& key) { key.described(kBulkIn + 2) = std::byte{0x03}; }, 5, "no YubiKey"},
    {"a bulk endpoint of no bytes", [](Key& key) { key.described(kBulkOut + 4) = std::byte{0}; }, 5, "no YubiKey"},
    {"endpoint number zero", [](Key& key) { key.described(kBulkIn + 2) = std::byte{0x80}; }, 5, "no YubiKey"},
    {"messages of 2^32 - 1 bytes",
     [](Key& key) {
       for (std::size_t i = 0; i < 4; ++i) {
         key.described(kLongestMessage + i) = std::byte{0xFF};
       }
     },
     0,
     "000042\n"},
    {"messages of no bytes",
     [](Key& key) {
       for (std::size_t i = 0; i < 4; ++i) {
         key.described(kLongestMessage + i) = std::byte{0};
       }
     },
     0,
     "000042\n"},

    // Getting at it.
    {"held by another",
     [](Key& key) { key.world.usb.plugged.front().trouble = io::UsbTrouble::busy; },
     5,
     "is held by"},
    {"not for this user", [](Key& key) { key.world.usb.plugged.front().trouble = io::UsbTrouble::access; }, 5, "udev"},
    {"gone when opened", [](Key& key) { key.world.usb.plugged.front().trouble = io::UsbTrouble::gone; }, 5, "removed"},
    {"other trouble",
     [](Key& key) { key.world.usb.plugged.front().trouble = io::UsbTrouble::other; },
     5,
     "USB trouble"},
    {"unplugged at power-on", [](Key& key) { key.reader.gone_after = 0; }, 5, "the key was removed"},
    {"unplugged at SELECT", [](Key& key) { key.reader.gone_after = 1; }, 5, "the key was removed"},
    {"unplugged at CALCULATE", [](Key& key) { key.reader.gone_after = 2; }, 5, "the key was removed"},

    // Silence and stalls.
    {"mute", [](Key& key) { key.reader.mute = true; }, 5, "the key does not answer"},
    {"mute after power-on", [](Key& key) { key.spoil([&key](Bytes&) { key.reader.mute = true; }); }, 5, "in time"},
    {"answers held back", [](Key& key) { key.reader.hold = true; }, 5, "the key did not answer in time"},
    {"one stall each way", [](Key& key) { key.reader.stalls_out = key.reader.stalls_in = 1; }, 0, "000042\n"},
    {"stalls without end, out", [](Key& key) { key.reader.stalls_out = 1'000'000; }, 5, "USB trouble"},
    {"stalls without end, in", [](Key& key) { key.reader.stalls_in = 1'000'000; }, 5, "USB trouble"},
    {"a slot that is busy once", [](Key& key) { key.reader.slot_busy = true; }, 0, "000042\n"},
    {"a slot that stays busy", [](Key& key) { key.reader.always_busy = true; }, 5, "stays busy"},
    {"a touch without end",
     [](Key& key) {
       key.reader.extensions = 1;
       key.reader.hold = true;
     },
     5,
     "the key did not answer in time"},
    {"time extensions without end", [](Key& key) { key.reader.extensions = 1000; }, 5, "more time without end"},

    // Messages that are none.
    {"no answer to reset", [](Key& key) { key.reader.spoil = [](Bytes& it) { it.resize(10); }; }, 5, "does not answer"},
    {"zero-length packets", [](Key& key) { key.cut(0); }, 5, "no answer"},
    {"frames of nine bytes", [](Key& key) { key.cut(9); }, 5, "no answer"},
    {"a length of one more", [](Key& key) { key.set(1, 0x12); }, 5, "no answer"},
    {"a length of one less", [](Key& key) { key.set(1, 0x10); }, 5, "no answer"},
    {"a length of 2^31 more", [](Key& key) { key.set(4, 0x80); }, 5, "no answer"},
    {"a length of 2^32 - 1",
     [](Key& key) { key.spoil([](Bytes& message) { std::fill_n(message.begin() + 1, 4, std::byte{0xFF}); }); },
     5,
     "no answer"},
    {"more bytes than were asked for", [](Key& key) { key.spoil([](Bytes& it) { it.resize(70'000); }); }, 5, "trouble"},
    {"another slot", [](Key& key) { key.set(5, 1); }, 5, "no answer"},
    {"another type of message", [](Key& key) { key.set(0, 0x83); }, 5, "no answer"},
    {"another's sequence number", [](Key& key) { key.set(6, 0xA5); }, 5, "in time"},
    {"one answer of a predecessor",
     [](Key& key) { key.reader.reply(0x80, 99, 0, 0, 0, bytes_from_hex("9000")); },
     0,
     "000042\n"},
    {"answers of predecessors without end",
     [](Key& key) {
       for (int i = 0; i < 200; ++i) {
         key.reader.reply(0x80, 99, 0, 0, 0, bytes_from_hex("9000"));
       }
     },
     5,
     "answers without a request"},
    {"no card in it", [](Key& key) { key.set(7, 0x42); }, 5, "no card in the reader"},
    {"an error of the reader", [](Key& key) { key.set(7, 0x40); }, 5, "the reader refused a command"},
    {"a part of unknown kind", [](Key& key) { key.set(9, 0x44); }, 5, "chained in an unknown way"},
    {"wants more of a command", [](Key& key) { key.set(9, 0x10); }, 5, "asks for more of a command"},
    {"parts without end", [](Key& key) { key.set(9, 0x03); }, 5, "the key"},
    {"an empty part",
     [](Key& key) {
       key.spoil([](Bytes& message) {
         message.resize(10);
         message[1] = std::byte{0};
         message[9] = std::byte{1};
       });
     },
     5,
     "an empty part"},

    // Applets that are none.
    {"no status word", [](Key& key) { key.answers[0xA4] = "90"; }, 5, "no status word"},
    {"nothing at all", [](Key& key) { key.answers[0xA4] = ""; }, 5, "no status word"},
    {"no such applet", [](Key& key) { key.answers[0xA4] = "6a82"; }, 5, "switched off or not there"},
    {"an applet that says nothing", [](Key& key) { key.answers[0xA4] = "9000"; }, 8, "does not say what it is"},
    {"a TLV longer than the answer",
     [](Key& key) { key.answers[0xA4] = "79ff050403 9000"; },
     8,
     "the key's answer: a TLV length that starts with ff"},
    {"a TLV cut short",
     [](Key& key) { key.answers[0xA4] = "790305 9000"; },
     8,
     "the key's answer: a TLV of 3 bytes that ends after 1"},
    {"a salt of 200 bytes",
     [](Key& key) { key.answers[0xA4] = "7903050403 7181c8" + repeated("55", 200) + "9000"; },
     8,
     "does not say what it is"},
    {"SEND REMAINING without end",
     [](Key& key) { key.answers[0xA4] = key.answers[0xA5] = "00 61ff"; },
     8,
     "longer than 65536 bytes"},
    {"SEND REMAINING of nothing",
     [](Key& key) { key.answers[0xA4] = key.answers[0xA5] = "61ff"; },
     8,
     "does not go on after 0 bytes"},
    {"an unknown status", [](Key& key) { key.answers[0xA2] = "6fff"; }, 5, "refused a command (status 6fff)"},
    {"an answer without a code", [](Key& key) { key.answers[0xA2] = "9000"; }, 8, "holds no code"},
    {"a code of the wrong tag", [](Key& key) { key.answers[0xA2] = "7505060000002a 9000"; }, 8, "holds no code"},
    {"a code that is too short", [](Key& key) { key.answers[0xA2] = "7604060000 2a 9000"; }, 8, "holds no code"},
    {"a code of no digits", [](Key& key) { key.answers[0xA2] = "7605000000002a 9000"; }, 8, "has 0 digits"},
    {"a code of 255 digits", [](Key& key) { key.answers[0xA2] = "7605ff0000002a 9000"; }, 8, "has 255 digits"},
    {"a number that is negative", [](Key& key) { key.answers[0xA2] = "760506ffffffff 9000"; }, 0, "483647\n"},
    {"an applet that locks itself", [](Key& key) { key.answers[0xA2] = "6982"; }, 6, "nobody touched"},

    // Lists of accounts.
    {"an account of no name", listing("720121 9000"), 8, "an OATH account of 1 bytes"},
    {"an account with a name of 65 bytes",
     listing("7242 21" + repeated("61", 65) + "9000"),
     8,
     "an OATH account of 66 bytes"},
    {"an account of an unknown type", listing("7202 3961 9000"), 8, "unknown type 39"},
    {"something else in the list", listing("7102 2161 9000"), 8, "entry of type 71"},
    {"ten thousand accounts", listing(repeated("72022161", 10'000) + "9000"), 5, "the key has no account 'alice'"},
    {"a name that would drive the terminal", listing("7209 21 1b5d303b78079b6d 9000"), 5, "it has '?]0;x?"},
    {"an account that comes and goes", [](Key& key) { key.answers[0xA2] = "6984"; }, 5, "no account 'alice'"},
};

TEST_CASE("broken and hostile devices end in time, with one line and an exit code") {
  CHECK(std::size(kDevices) > 40);
  for (const auto& device : kDevices) {
    CAPTURE(device.name);
    Key key;
    device.make(key);
    std::vector<std::string> words{"oath", "code", "alice", "--timeout", "20"};
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    const Deadline begin = key.world.clock.steady();
    const int code = cli::run(arguments, key.world.world);
    const auto& [out, err, closed] = key.world.output;
    CAPTURE(err);
    CHECK(code == device.code);
    CHECK(key.world.clock.steady() - begin <= kTimeout + Seconds(1));
    if (device.code == 0) {
      CHECK(out == device.text);
      CHECK(err.empty());
      continue;
    }
    CHECK(out.empty());
    CHECK(err.contains(device.text));
    CHECK(std::ranges::count(err, '\n') == 1);
    CHECK(std::ranges::none_of(
        err, [](char c) { return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F); }));
  }
}

}  // namespace
}  // namespace touchsts::cli
