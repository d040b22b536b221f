#include "steps/yubikeys.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "card/ccid_channel.h"
#include "card/ccid_descriptor.h"
#include "card/management.h"

namespace touchsts::steps {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kYubico = 0x1050;
constexpr auto kBusyWait = 3s;  // a pcscd that a socket started leaves by itself
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
      return {Fault::device,
              "the YubiKey at " + device.node + " may not be opened by this user",
              "put 70-touchsts.rules into /etc/udev/rules.d and plug the key out and in again"};
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

Result<OpenKey> open_key(io::World& world,
                         const io::UsbDevice& device,
                         const card::CcidInterface& reader,
                         Deadline deadline) {
  const Deadline patience = std::min(deadline, world.clock.steady() + kBusyWait);
  auto pipe = world.usb.claim(device, reader.endpoints);
  while (!pipe && pipe.error().trouble == io::UsbTrouble::busy && world.clock.steady() < deadline) {
    // Another touchsts is done when its person has touched the key; other programs may keep it for ever.
    if (world.clock.steady() >= patience && !world.usb.holder(device).contains("touchsts")) {
      break;
    }
    world.clock.sleep_until(world.clock.steady() + kBusyPause);
    pipe = world.usb.claim(device, reader.endpoints);
  }
  if (!pipe) {
    return std::unexpected(worded(world, device, std::move(pipe).error()));
  }
  std::array<std::byte, 1> first_sequence{};
  world.random.fill(first_sequence);
  auto channel = TRY(card::CcidChannel::open(
      *std::move(pipe), reader, world.clock, std::to_integer<std::uint8_t>(first_sequence[0]), deadline));
  return OpenKey{.node = device.node, .serial = {}, .channel = std::move(channel)};
}

Result<OpenKey> open_numbered(io::World& world,
                              const io::UsbDevice& device,
                              const card::CcidInterface& reader,
                              Deadline deadline) {
  auto key = TRY(open_key(world, device, reader, deadline));
  key.serial = TRY(card::read_serial(*key.channel, deadline));
  return key;
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

Result<std::vector<OpenKey>> open_keys(io::World& world, std::optional<std::uint32_t> serial, Deadline deadline) {
  std::vector<OpenKey> keys;
  std::optional<Error> trouble;
  std::string others;
  for (const auto& device : world.usb.devices()) {
    const auto reader = device.vendor == kYubico ? reader_of(world, device) : std::nullopt;
    if (!reader) {
      continue;
    }
    auto key = serial ? open_numbered(world, device, *reader, deadline) : open_key(world, device, *reader, deadline);
    if (key && serial && key->serial != serial) {
      others += formatted(
          "{}{}", others.empty() ? "" : ", ", key->serial ? std::to_string(*key->serial) : "one without a number");
      continue;
    }
    if (!key) {
      world.log.debug("usb: {}: {}", device.node, key.error().text);
      trouble = trouble ? std::move(trouble) : std::optional(std::move(key).error());
      continue;
    }
    keys.push_back(*std::move(key));
  }
  if (keys.empty() && trouble) {
    return std::unexpected(*std::move(trouble));
  }
  if (keys.empty() && serial) {
    return hinted(fail(Fault::device, "no YubiKey with the serial number {} is plugged in", *serial),
                  others.empty() ? "plug it in" : "there is " + others);
  }
  return keys;
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

}  // namespace touchsts::steps
