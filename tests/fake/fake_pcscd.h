// pcscd with two readers, one of which has a card.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/secret.h"
#include "card/pcsc_channel.h"
#include "codec/hex.h"
#include "fake/fake_world.h"

namespace touchsts::fake {

// FakePcscd is pcscd as its clients see it: two readers, one with a card that answers "aabb9000" to everything.
struct FakePcscd {
  static constexpr const char* kReader = "Yubico YubiKey OTP+FIDO+CCID 01 00";

  FakeSockets sockets;
  std::function<std::vector<std::byte>(const std::vector<std::byte>&)> card;
  std::uint32_t others = 0;  // that share the card
  // A client has gone in the middle of a command: after so many messages the card is reset, and it is not counted any
  // more.
  std::optional<int> reset_after;
  std::vector<std::uint32_t> commands;
  std::vector<std::string> sent;  // command APDUs
  std::uint32_t version = 4;
  // Of the protocol: what it takes, as versions up to 2.4.0 only their own, later ones more; and says that it speaks.
  std::uint32_t minor = 5;
  std::uint32_t oldest_minor = 4;
  std::vector<std::uint32_t> asked;  // minor versions that clients wanted
  bool misused = false;              // a connection on which a version was refused
  std::uint32_t connect_result = 0;
  std::uint32_t transmit_result = 0;
  std::string answer = "aabb9000";
  std::optional<std::uint32_t> answer_size;  // that is told, when it is a lie
  bool silent = false;

  FakePcscd() {
    sockets.answer = [this](std::span<const std::byte> bytes) { return reply(bytes); };
  }

  static Secret numbers(std::initializer_list<std::uint32_t> values) {
    ByteWriter out;
    for (const auto value : values) {
      out.u32_le(value);
    }
    return out.take();
  }

  std::vector<std::byte> apdu(std::span<const std::byte> bytes) {
    apdu_follows = false;
    sent.push_back(codec::hex(bytes));
    const auto data = card ? card({bytes.begin(), bytes.end()}) : bytes_from_hex(answer);
    const auto size = answer_size.value_or(static_cast<std::uint32_t>(data.size()));
    const std::uint32_t result = protocol == 0 ? 0x8010000F : transmit_result;
    const Secret head = numbers({7, 2, 16, static_cast<std::uint32_t>(bytes.size()), 1, 16, size, result});
    return silent ? std::vector<std::byte>()
                  : joined({head.reveal(), result == 0 ? data : std::span<const std::byte>()});
  }

  std::vector<std::byte> reply(std::span<const std::byte> bytes) {
    if (reset_after && (*reset_after)-- == 0) {
      reset_after.reset();
      protocol = 0;
    }
    if (apdu_follows) {
      return apdu(bytes);
    }
    ByteReader in(bytes);
    const auto size = *in.u32_le();
    const auto command = *in.u32_le();
    const auto body = *in.take(size);
    commands.push_back(command);
    std::vector<std::byte> same(body.begin(), body.end());
    switch (command) {
      case 0x11: {
        ByteReader wanted(body);
        const bool major = *wanted.u32_le() == version;
        asked.push_back(*wanted.u32_le());
        const bool taken = major && asked.back() <= minor && asked.back() >= oldest_minor;
        misused = misused || refused_connection == sockets.connections;
        refused_connection = taken ? 0 : sockets.connections;
        return copy(numbers({version, minor, taken ? 0 : 0x8010001E}));
      }
      case 0x01:
        return copy(numbers({0, 0xC0FFEE, 0}));
      case 0x12:
        return states();
      case 0x04: {
        protocol = 2;
        const Secret tail = numbers({7, 2, connect_result});
        std::ranges::copy(tail.reveal(), same.end() - 12);
        return same;
      }
      case 0x09:
        apdu_follows = true;
        return {};
      default:
        return same;
    }
  }

  static std::vector<std::byte> copy(const Secret& bytes) { return {bytes.reveal().begin(), bytes.reveal().end()}; }

  static std::vector<std::byte> joined(std::initializer_list<std::span<const std::byte>> parts) {
    std::vector<std::byte> all;
    for (const auto part : parts) {
      all.append_range(part);
    }
    return all;
  }

  // Name, counter, state, number of clients, answer to reset and its length, protocol.
  [[nodiscard]] std::vector<std::byte> states() const {
    std::vector<std::byte> all(std::size_t{16} * 184);
    const auto put = [&all](std::size_t at, std::string_view name, std::initializer_list<std::uint32_t> state) {
      std::ranges::copy(std::as_bytes(std::span(name)), all.begin() + static_cast<std::ptrdiff_t>(at));
      std::ranges::copy(numbers(state).reveal(), all.begin() + static_cast<std::ptrdiff_t>(at + 128));
    };
    put(0, "Empty reader 00 00", {0, 0x02, 0});
    put(184, kReader, {1, 0x34, 1 + others + (reset_after ? 1 : 0), 0x3B, 0, 0, 0, 0, 0, 0, 0, 0, 23, protocol});
    return all;
  }

  Result<card::PcscClient> open() {
    auto client = card::PcscClient::open(sockets, Deadline());
    return client ? Result<card::PcscClient>(std::move(**client)) : std::unexpected(std::move(client).error());
  }

  int refused_connection = 0;

  bool apdu_follows = false;
  std::uint32_t protocol = 2;  // 0 between a reset and the next connection
};

}  // namespace touchsts::fake
