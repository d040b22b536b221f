#include "steps/yubikeys.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "card/ccid_channel.h"
#include "card/ccid_descriptor.h"
#include "card/management.h"
#include "card/pcsc_channel.h"
#include "card/scd_channel.h"
#include "codec/ascii.h"
#include "codec/ini.h"

namespace touchsts::steps {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kYubico = 0x1050;
constexpr std::string_view kYubicoReader = "Yubico";  // in the names that pcscd gives to YubiKeys
constexpr auto kBusyWait = 3s;                        // a pcscd that a socket started leaves by itself
constexpr auto kBusyPause = 100ms;
constexpr Seconds kAccessKeyLife{12 * 3600};
constexpr int kPasswordTries = 3;

std::optional<card::CcidInterface> reader_of(io::World& world, const io::UsbDevice& device) {
  const auto found = card::find_ccid(device.configuration);
  if (!found) {
    world.log.debug("usb: {}: {}", device.node, found.error().text);
    return std::nullopt;
  }
  const auto usable =
      std::ranges::find_if(*found, [](const card::CcidInterface& reader) { return reader.speaks_apdus; });
  return usable != found->end() ? std::optional(*usable) : std::nullopt;
}

Error worded(io::World& world, const io::UsbDevice& device, io::UsbFailure failure) {
  using enum io::UsbTrouble;
  switch (failure.trouble) {
    case access:
      return {
          Fault::device, "the YubiKey at " + device.node + " may not be opened by this user", std::string(kAccessHint)};
    case busy: {
      const std::string holder = world.usb.holder(device);
      return {Fault::device,
              holder.empty() ? "another program holds the YubiKey" : "the YubiKey is held by " + holder,
              holder.contains("scdaemon") ? "free it with: gpgconf --kill scdaemon"
              : holder.contains("pcscd")  ? "free it with: systemctl stop pcscd.socket pcscd"
                                          : "close that program and try again"};
    }
    case gone:
      return {Fault::device, "the key was removed", "plug it in and try again"};
    default:
      return std::move(failure.error);
  }
}

// scdaemon, which uses a card alone but shares it when gpg-agent asks.
class Scdaemon {
 public:
  Scdaemon(io::World& world, Deadline deadline) : world_(world), deadline_(deadline) {}

  // The card it holds; null when it holds none, or does not share it now. It may still be busy for a client that has
  // gone, so that it can be worth asking again.
  std::unique_ptr<card::Channel> channel() {
    if (!socket_) {
      socket_ = agent_socket();
    }
    auto stream = socket_->empty() ? nullptr : world_.sockets.connect(*socket_);
    if (!stream) {
      return nullptr;
    }
    auto channel = card::open_scd_channel(std::move(stream), world_.clock, deadline_);
    if (!channel) {
      world_.log.debug("{}", channel.error().text);
      return nullptr;
    }
    return *std::move(channel);
  }

 private:
  // gpg-agent's socket, where gpgconf says it is.
  std::string agent_socket() {
    const auto path = world_.programs.capture({"gpgconf", "--list-dirs", "agent-socket"}, {}, deadline_, {});
    return path ? std::string(codec::trimmed(path->reveal_text().substr(0, path->reveal_text().find('\n')))) : "";
  }

  io::World& world_;
  Deadline deadline_;
  std::optional<std::string> socket_;
};

// One connection carries one card. A client that has given up may keep the card busy for a while, and pcscd then resets
// the card, which breaks the next client's connection. Until the reset is done pcscd still counts the client that has
// given up, so the card is safe to use when no other client is counted. Clients that are counted may just be idle: with
// them the reset is over when the card was free at the first attempt twice in a row.
Result<std::unique_ptr<card::Channel>> share(io::World& world, const std::string& reader, Deadline deadline) {
  const Deadline patience = std::min(deadline, world.clock.steady() + kBusyWait);
  Scdaemon scdaemon(world, deadline);
  for (bool quick_before = false;; world.clock.sleep_until(world.clock.steady() + kBusyPause)) {
    auto client = TRY(card::PcscClient::open(world.sockets, deadline));
    if (!client) {
      return fail(Fault::device, "pcscd is gone");
    }
    const Deadline begun = world.clock.steady();
    auto shared = card::PcscClient::connect(*std::move(client), reader, world.clock);
    const bool quick = shared && world.clock.steady() - begun < kBusyPause;
    const bool last = world.clock.steady() >= patience;
    if (shared && (shared->alone || (quick && quick_before) || last)) {
      return std::move(shared->channel);
    }
    if (!shared) {
      if (auto channel = scdaemon.channel()) {
        return channel;
      }
      world.log.debug("{}", shared.error().text);
    }
    if (last) {
      return std::unexpected(std::move(shared).error());
    }
    quick_before = quick;
  }
}

// The cards in pcscd's readers whose name has `part` in it.
Result<std::vector<OpenKey>> keys_of_pcscd(io::World& world, std::string_view part, Deadline deadline) {
  std::vector<OpenKey> keys;
  auto client = TRY(card::PcscClient::open(world.sockets, deadline));
  if (!client) {
    return keys;
  }
  std::optional<Error> trouble;
  for (const auto& reader : TRY(client->readers())) {
    if (!reader.contains(part)) {
      continue;
    }
    auto channel = share(world, reader, deadline);
    if (channel) {
      keys.push_back({.node = reader, .serial = {}, .channel = *std::move(channel)});
    } else {
      trouble = std::move(channel).error();
    }
  }
  if (keys.empty() && trouble) {
    return std::unexpected(*std::move(trouble));
  }
  return keys;
}

// Opens the keys on the bus, one after the other, and those that pcscd holds through it.
class Opener {
 public:
  Opener(io::World& world, Deadline deadline) : world_(world), deadline_(deadline) {}

  Result<std::vector<OpenKey>> run() {
    for (const auto& device : world_.usb.devices()) {
      const auto reader = device.vendor == kYubico ? reader_of(world_, device) : std::nullopt;
      if (!reader) {
        continue;
      }
      if (auto key = open(device, *reader); !key) {
        note(device, std::move(key).error());
      } else if (*key) {
        keys_.push_back(*std::move(*key));
      }
    }
    if (keys_.empty() && trouble_) {
      return std::unexpected(*std::move(trouble_));
    }
    return std::move(keys_);
  }

 private:
  // Nothing: pcscd has it, and with it all that pcscd has.
  Result<std::optional<OpenKey>> open(const io::UsbDevice& device, const card::CcidInterface& reader) {
    auto pipe = world_.usb.claim(device, reader.endpoints);
    if (!pipe && pipe.error().trouble == io::UsbTrouble::busy && pcscd_has_some()) {
      return std::nullopt;
    }
    Scdaemon scdaemon(world_, deadline_);
    Deadline patience = world_.clock.steady() + kBusyWait;
    while (!pipe && pipe.error().trouble == io::UsbTrouble::busy && world_.clock.steady() < deadline_) {
      const std::string holder = world_.usb.holder(device);
      if (auto shared = holder.contains("scdaemon") ? scdaemon.channel() : nullptr) {
        return OpenKey{.node = device.node, .serial = {}, .channel = std::move(shared)};
      }
      // Another touchsts is done when its person has touched the key; other programs may keep it for ever. One that
      // has just let go is no holder any more when its name is looked up, and the next one may have taken the key.
      if (holder.contains("touchsts")) {
        patience = world_.clock.steady() + kBusyWait;
      } else if (world_.clock.steady() >= patience) {
        break;
      }
      world_.clock.sleep_until(world_.clock.steady() + kBusyPause);
      pipe = world_.usb.claim(device, reader.endpoints);
    }
    if (!pipe) {
      return std::unexpected(worded(world_, device, std::move(pipe).error()));
    }
    std::array<std::byte, 1> first_sequence{};
    world_.random.fill(first_sequence);
    auto channel = TRY(card::CcidChannel::open(
        *std::move(pipe), reader, world_.clock, std::to_integer<std::uint8_t>(first_sequence[0]), deadline_));
    return OpenKey{.node = device.node, .serial = {}, .channel = std::move(channel)};
  }

  bool pcscd_has_some() {
    if (!std::exchange(asked_pcscd_, true)) {
      auto shared = keys_of_pcscd(world_, kYubicoReader, deadline_);
      if (!shared) {
        world_.log.debug("{}", shared.error().text);
      } else {
        pcscd_has_some_ = !shared->empty();
        std::ranges::move(*shared, std::back_inserter(keys_));
      }
    }
    return pcscd_has_some_;
  }

  void note(const io::UsbDevice& device, Error error) {
    world_.log.debug("usb: {}: {}", device.node, error.text);
    trouble_ = trouble_ ? std::move(trouble_) : std::optional(std::move(error));
  }

  io::World& world_;
  Deadline deadline_;
  std::vector<OpenKey> keys_;
  std::optional<Error> trouble_;
  bool asked_pcscd_ = false;
  bool pcscd_has_some_ = false;
};

// Keeps the key with this serial number. One that is broken does not hide the one that is meant.
Result<std::vector<OpenKey>> with_serial(std::vector<OpenKey> keys, std::uint32_t serial, Deadline deadline) {
  std::string others;
  std::vector<OpenKey> found;
  std::optional<Error> trouble;
  for (auto& key : keys) {
    auto read = card::read_serial(*key.channel, deadline);
    if (!read) {
      trouble = std::move(read).error();
      continue;
    }
    key.serial = *read;
    if (key.serial == serial) {
      found.push_back(std::move(key));
    } else {
      others += formatted(
          "{}{}", others.empty() ? "" : ", ", key.serial ? std::to_string(*key.serial) : "one without a number");
    }
  }
  if (found.empty() && trouble) {
    return std::unexpected(*std::move(trouble));
  }
  if (found.empty()) {
    return hinted(fail(Fault::device, "no YubiKey with the serial number {} is plugged in", serial),
                  others.empty() ? "plug it in" : "there is " + others);
  }
  return found;
}

std::string keyring_name(const card::OathSession& session) { return "touchsts:oath:" + session.device_id(); }

Result<> ask_password(io::World& world, card::OathSession& session, Deadline deadline) {
  for (int tries = 0; tries < kPasswordTries; ++tries) {
    auto typed = TRY(within("the password of the key's OATH applet",
                            world.terminal.ask("password of the YubiKey's OATH applet: ", deadline, {})));
    if (!typed) {
      break;
    }
    const Secret access_key = card::access_key_of(*typed, session.salt());
    if (TRY(session.unlock(access_key))) {
      const auto kept =
          world.keyring.keep(keyring_name(session), access_key, kAccessKeyLife, io::KeyringScope::automatic);
      if (!kept) {
        world.log.debug("the access key of the OATH applet is not kept: {}", kept.error().text);
      }
      return {};
    }
    world.terminal.tell("that is not the password");
  }
  return fail(Fault::device, "the password of the key's OATH applet is wrong");
}

}  // namespace

Result<std::vector<OpenKey>> open_keys(io::World& world, const KeyWish& wish, Deadline deadline) {
  auto keys =
      TRY(wish.pcsc_reader.empty() ? Opener(world, deadline).run() : keys_of_pcscd(world, wish.pcsc_reader, deadline));
  if (keys.empty() && !wish.pcsc_reader.empty()) {
    return hinted(fail(Fault::device, "pcscd has no card in a reader named '{}'", Untrusted{wish.pcsc_reader}),
                  "start pcscd, or leave pcsc_reader out");
  }
  return wish.serial ? with_serial(std::move(keys), *wish.serial, deadline)
                     : Result<std::vector<OpenKey>>(std::move(keys));
}

std::unexpected<Error> no_key_found() {
  return hinted(fail(Fault::device, "no YubiKey found"), "plug it in and make sure its CCID interface is enabled");
}

Result<std::vector<OpenKey>> open_some(io::World& world, const KeyWish& wish, Deadline deadline) {
  auto keys = TRY(open_keys(world, wish, deadline));
  if (keys.empty()) {
    return no_key_found();
  }
  return keys;
}

Result<OpenKey> open_one(io::World& world, const KeyWish& wish, Deadline deadline) {
  auto keys = TRY(open_some(world, wish, deadline));
  if (keys.size() > 1) {
    return hinted(fail(Fault::device, "{} YubiKeys are plugged in", keys.size()), "name one with --yubikey");
  }
  return std::move(keys.front());
}

Result<card::OathSession> open_oath(io::World& world, OpenKey& key, Asking asking, Deadline deadline) {
  auto session = TRY(card::OathSession::select(*key.channel, world.random, deadline));
  if (!session.locked()) {
    return session;
  }
  if (const auto known = world.keyring.find(keyring_name(session), io::KeyringScope::automatic)) {
    if (TRY(session.unlock(*known))) {
      return session;
    }
  }
  if (asking == Asking::no) {
    return hinted(fail(Fault::no_human, "the YubiKey's OATH applet has a password, and nobody may be asked for it"),
                  "run touchsts oath list in a terminal first");
  }
  TRY(ask_password(world, session, deadline));
  return session;
}

Result<OpenedKey> with_oath(io::World& world, OpenKey key, Asking asking, Deadline deadline) {
  auto session = TRY(open_oath(world, key, asking, deadline));
  return OpenedKey{.key = std::move(key), .session = std::move(session)};
}

}  // namespace touchsts::steps
