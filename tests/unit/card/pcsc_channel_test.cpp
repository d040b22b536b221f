#include "card/pcsc_channel.h"

#include <doctest/doctest.h>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "codec/hex.h"
#include "fake/fake_world.h"

namespace touchsts::card {
namespace {

using fake::bytes_from_hex;

// pcscd as its clients see it: two readers, one with a card that answers "aabb9000" to everything.
struct Daemon {
  fake::FakeSockets sockets;
  std::vector<std::uint32_t> commands;
  std::vector<std::string> sent;  // command APDUs
  std::uint32_t version = 4;
  std::uint32_t connect_result = 0;
  std::uint32_t transmit_result = 0;
  std::string answer = "aabb9000";
  std::optional<std::uint32_t> answer_size;  // that is told, when it is a lie
  bool silent = false;

  Daemon() {
    sockets.answer = [this](std::span<const std::byte> bytes) { return reply(bytes); };
  }

  static Secret numbers(std::initializer_list<std::uint32_t> values) {
    ByteWriter out;
    for (const auto value : values) {
      out.u32_le(value);
    }
    return out.take();
  }

  std::vector<std::byte> reply(std::span<const std::byte> bytes) {
    if (apdu_follows) {
      apdu_follows = false;
      sent.push_back(codec::hex(bytes));
      const auto data = bytes_from_hex(answer);
      const auto size = answer_size.value_or(static_cast<std::uint32_t>(data.size()));
      const Secret head = numbers({7, 2, 16, static_cast<std::uint32_t>(bytes.size()), 1, 16, size, transmit_result});
      return silent ? std::vector<std::byte>()
                    : joined({head.reveal(), transmit_result == 0 ? data : std::span<const std::byte>()});
    }
    ByteReader in(bytes);
    const auto size = *in.u32_le();
    const auto command = *in.u32_le();
    const auto body = *in.take(size);
    commands.push_back(command);
    std::vector<std::byte> same(body.begin(), body.end());
    switch (command) {
      case 0x11:
        return copy(numbers({version, 4, 0}));
      case 0x01:
        return copy(numbers({0, 0xC0FFEE, 0}));
      case 0x12:
        return states();
      case 0x04: {
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

  static std::vector<std::byte> states() {
    std::vector<std::byte> all(std::size_t{16} * 184);
    const auto put = [&all](std::size_t index, std::string_view name, std::byte state) {
      std::ranges::copy(std::as_bytes(std::span(name)), all.begin() + static_cast<std::ptrdiff_t>(index * 184));
      all[index * 184 + 132] = state;
    };
    put(0, "Empty reader 00 00", std::byte{0x02});
    put(1, "Yubico YubiKey OTP+FIDO+CCID 01 00", std::byte{0x34});
    return all;
  }

  Result<PcscClient> open() { return PcscClient::open(sockets.connect(kPcscSocket), Deadline()); }

  bool apdu_follows = false;
};

TEST_CASE("a card shared with pcscd") {
  fake::FakeClock clock;
  Daemon daemon;
  auto client = daemon.open();
  REQUIRE(client);
  CHECK(*client->readers() == std::vector<std::string>{"Yubico YubiKey OTP+FIDO+CCID 01 00"});
  {
    auto channel = PcscClient::connect(*std::move(client), "Yubico YubiKey OTP+FIDO+CCID 01 00", clock);
    REQUIRE(channel);
    const auto response = transmit(**channel, bytes_from_hex("00a4040007a0000005272101"), Deadline());
    REQUIRE(response);
    CHECK(codec::hex(response->reveal()) == "aabb9000");
    CHECK(daemon.sent == std::vector<std::string>{"00a4040007a0000005272101"});
  }
  // Version, context, states, connect, begin transaction; transmit; end transaction, disconnect.
  CHECK(daemon.commands == std::vector<std::uint32_t>{0x11, 0x01, 0x12, 0x04, 0x07, 0x09, 0x08, 0x06});
}

TEST_CASE("a pcscd that refuses, speaks otherwise, or says nonsense") {
  fake::FakeClock clock;
  Daemon other;
  other.version = 5;
  CHECK(other.open().error().text == "this pcscd speaks version 5 of its protocol");

  const auto asked = [&clock](Daemon& daemon) {
    auto client = daemon.open();
    auto channel = PcscClient::connect(*std::move(client), "x", clock);
    if (!channel) {
      return channel.error().text;
    }
    const auto response = transmit(**channel, bytes_from_hex("00a1"), Deadline());
    return response ? "none" : response.error().text;
  };
  Daemon used;
  used.connect_result = 0x8010000B;
  CHECK(asked(used) == "pcscd refused (error 8010000B): another program uses the card alone");
  Daemon removed;
  removed.transmit_result = 0x80100069;
  CHECK(asked(removed) == "pcscd refused (error 80100069)");
  for (const std::uint32_t size : {0U, 1U, 65'549U, 0xFFFF'FFFFU}) {
    Daemon liar;
    liar.answer_size = size;
    CHECK(asked(liar).starts_with("pcscd: an answer of"));
  }
  Daemon silent;
  silent.silent = true;
  CHECK(asked(silent) == "the key did not answer in time");
  Daemon any;
  CHECK_FALSE(PcscClient::connect(*any.open(), std::string(200, 'x'), clock));
}

TEST_CASE("what pcscd refuses leaves the connection in order, what is torn ends it") {
  fake::FakeClock clock;
  Daemon daemon;
  auto channel = *PcscClient::connect(*daemon.open(), "x", clock);
  daemon.transmit_result = 0x80100069;
  CHECK_FALSE(transmit(*channel, bytes_from_hex("00a1"), Deadline()));
  daemon.transmit_result = 0;
  CHECK(transmit(*channel, bytes_from_hex("00a1"), Deadline()));
  daemon.transmit_result = 0x80100069;
  CHECK_FALSE(transmit(*channel, bytes_from_hex("00a1"), Deadline()));
  channel.reset();
  CHECK(daemon.commands.back() == 0x06);  // it was disconnected properly

  Daemon torn;
  channel = *PcscClient::connect(*torn.open(), "x", clock);
  torn.sockets.deaf = true;
  CHECK(transmit(*channel, bytes_from_hex("00a1"), Deadline()).error().text == "pcscd: the other side is gone");
  torn.sockets.deaf = false;
  CHECK(transmit(*channel, bytes_from_hex("00a1"), Deadline()).error().text == "the connection to pcscd was given up");
  channel.reset();
  CHECK(torn.commands.back() == 0x07);  // nothing behind the beginning of the transaction
}

TEST_CASE("a card that is slow waits for its touch; who gives up hangs up") {
  fake::FakeClock clock;
  Daemon daemon;
  auto channel = *PcscClient::connect(*daemon.open(), "x", clock);
  daemon.silent = true;
  REQUIRE(channel->begin(bytes_from_hex("00a2"), Deadline()));
  CHECK_FALSE(channel->awaits_touch());
  clock.pass(Seconds(1));
  CHECK(channel->awaits_touch());
  channel->cancel();
  CHECK_FALSE(channel->awaits_touch());
  CHECK_FALSE(channel->begin(bytes_from_hex("00a2"), Deadline()));
  channel.reset();
  CHECK(daemon.commands.back() == 0x09);  // nothing more was sent
}

}  // namespace
}  // namespace touchsts::card
