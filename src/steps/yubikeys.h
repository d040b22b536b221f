// The YubiKeys plugged into this machine: which are there, opening them, and unlocking their OATH applets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "card/channel.h"
#include "card/oath.h"
#include "io/world.h"

namespace touchsts::steps {

// What to do when this user may not open a key: the rule is that of docs/udev.
inline constexpr std::string_view kAccessHint =
    "put this line into /etc/udev/rules.d/70-touchsts.rules and plug the key out and in again: "
    R"(ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="1050", TAG+="uaccess")";

struct OpenKey {
  std::string node;                     // of the device, or the name of pcscd's reader
  std::optional<std::uint32_t> serial;  // known when it was asked for
  std::unique_ptr<card::Channel> channel;
};

// KeyWish says which keys are meant; empty, every YubiKey.
struct KeyWish {
  std::optional<std::uint32_t> serial;
  std::string pcsc_reader;  // cards of pcscd's readers with this in their names, and no others
};

// open_keys opens the keys that are meant. Those that pcscd holds are reached through it. An empty list: none is
// plugged in. When some cannot be opened the others are given; when none can, the error says why and what to do
// (Fault::device).
Result<std::vector<OpenKey>> open_keys(io::World& world, const KeyWish& wish, Deadline deadline);

// no_key_found is what to say of an empty list.
std::unexpected<Error> no_key_found();

// open_some is open_keys for who wants at least one, open_one for who wants exactly one. Fault::device when it is not
// so.
Result<std::vector<OpenKey>> open_some(io::World& world, const KeyWish& wish, Deadline deadline);
Result<OpenKey> open_one(io::World& world, const KeyWish& wish, Deadline deadline);

// Asking says whether a person may be asked for the password of an applet.
enum class Asking { yes, no };

// open_oath selects the applet. When it has a password, the key derived from it is looked up in the kernel's keyring,
// else the person is asked; what fits is kept there for twelve hours.
Result<card::OathSession> open_oath(io::World& world, OpenKey& key, Asking asking, Deadline deadline);

// One key with its applet selected and unlocked.
struct OpenedKey {
  OpenKey key;
  card::OathSession session;
};

// with_oath is open_oath for a key that stays with its session.
Result<OpenedKey> with_oath(io::World& world, OpenKey key, Asking asking, Deadline deadline);

}  // namespace touchsts::steps
