#include "card/pcsc_channel.h"

#include <doctest/doctest.h>

#include "card/pcsc_error.h"
#include "codec/hex.h"
#include "fake/fake_pcscd.h"
#include "fake/fake_world.h"

namespace touchsts::card {
namespace {

using fake::bytes_from_hex;
using Daemon = fake::FakePcscd;

constexpr const char* kYubiKey = fake::FakePcscd::kReader;

TEST_CASE("a card shared with pcscd") {
  fake::FakeClock clock;
  Daemon daemon;
  auto client = daemon.open();
  REQUIRE(client);
  CHECK(*client->readers() == std::vector<std::string>{kYubiKey});
  {
    auto channel = PcscClient::connect(*std::move(client), kYubiKey, clock);
    REQUIRE(channel);
    CHECK(channel->alone);
    const auto response = transmit(*channel->channel, bytes_from_hex("00a4040007a0000005272101"), Deadline());
    REQUIRE(response);
    CHECK(codec::hex(response->reveal()) == "aabb9000");
    CHECK(daemon.sent == std::vector<std::string>{"00a4040007a0000005272101"});
  }
  // Version, context, states, connect, begin transaction, states; transmit;
  // end transaction, disconnect.
  CHECK(daemon.commands == std::vector<std::uint32_t>{0x11, 0x01, 0x12, 0x04, 0x07, 0x12, 0x09, 0x08, 0x06});
}

TEST_CASE("every version of the protocol is spoken, the newest first") {
  struct Case {
    std::string_view pcscd;
    std::uint32_t minor, oldest;
    std::vector<std::uint32_t> asked;
  };
  const Case cases[] = {
      {"1.8.8", 2, 2, {5, 2}},
      {"1.8.24", 3, 3, {5, 3}},
      {"1.9.9, 2.2.3", 4, 4, {5, 4}},
      {"2.3.3", 5, 5, {5}},
      {"2.5.3", 6, 4, {5}},
  };
  for (const auto& [pcscd, minor, oldest, asked] : cases) {
    CAPTURE(pcscd);
    Daemon daemon;
    daemon.minor = minor;
    daemon.oldest_minor = oldest;
    CHECK(daemon.open());
    CHECK(daemon.asked == asked);
    CHECK_FALSE(daemon.misused);
    CHECK(daemon.sockets.connections == static_cast<int>(asked.size()));
  }
  // One that does not say what it speaks is asked for all, and one that speaks none of them is given up.
  Daemon silent;
  silent.minor = 0;
  CHECK(silent.open().error().text == "pcscd error SCARD_E_SERVICE_STOPPED (0x8010001E)");
  CHECK(silent.asked == std::vector<std::uint32_t>{5, 4, 3, 2});
  Daemon newer;
  newer.minor = newer.oldest_minor = 9;
  CHECK(newer.open().error().text == "this pcscd speaks version 4:9 of its protocol");
  Daemon none;
  none.sockets.answer = nullptr;
  CHECK_FALSE(PcscClient::open(none.sockets, Deadline())->has_value());
}

TEST_CASE("PC/SC's results have names, and say what to do") {
  CHECK(in_one_line(pcsc_error(0x80100016)) ==
        "pcscd error SCARD_E_NOT_TRANSACTED (0x80100016); unplug the key and plug it back in");
  CHECK(in_one_line(pcsc_error(0x8010001D)) ==
        "pcscd error SCARD_E_NO_SERVICE (0x8010001D); restart pcscd: systemctl restart pcscd");
  CHECK(pcsc_error(0x8010000B).hint.contains("another program uses the card exclusively"));
  CHECK(pcsc_error(0x8010006A).hint.contains("polkit"));
  CHECK(in_one_line(pcsc_error(0xDEADBEEF)) == "pcscd error 0xDEADBEEF; unplug the key and plug it back in");
}

TEST_CASE("a pcscd that refuses, speaks otherwise, or says nonsense") {
  fake::FakeClock clock;
  Daemon other;
  other.version = 5;
  CHECK(other.open().error().text == "this pcscd speaks version 5:5 of its protocol");

  const auto asked = [&clock](Daemon& daemon) {
    auto client = daemon.open();
    auto channel = PcscClient::connect(*std::move(client), kYubiKey, clock);
    if (!channel) {
      return channel.error().text;
    }
    const auto response = transmit(*channel->channel, bytes_from_hex("00a1"), Deadline());
    return response ? "none" : response.error().text;
  };
  Daemon used;
  used.connect_result = 0x8010000B;
  CHECK(asked(used) == "pcscd error SCARD_E_SHARING_VIOLATION (0x8010000B)");
  Daemon removed;
  removed.transmit_result = 0x80100069;
  CHECK(asked(removed) == "pcscd error SCARD_W_REMOVED_CARD (0x80100069)");
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

TEST_CASE("other clients are seen, and a card that is reset under us") {
  fake::FakeClock clock;
  Daemon shared;
  shared.others = 1;
  CHECK_FALSE(PcscClient::connect(*shared.open(), kYubiKey, clock)->alone);
  Daemon clearing;
  clearing.reset_after = 100;
  CHECK_FALSE(PcscClient::connect(*clearing.open(), kYubiKey, clock)->alone);
  for (const int after : {3, 4}) {  // with the beginning of the transaction, or just behind it
    Daemon resetting;
    resetting.reset_after = after;
    CHECK(PcscClient::connect(*resetting.open(), kYubiKey, clock).error().text == "pcscd has just reset the card");
  }
  Daemon other;
  CHECK(PcscClient::connect(*other.open(), "x", clock).error().text == "pcscd has no reader 'x' any more");
}

TEST_CASE("what pcscd refuses leaves the connection in order, what is torn ends it") {
  fake::FakeClock clock;
  Daemon daemon;
  auto channel = std::move(PcscClient::connect(*daemon.open(), kYubiKey, clock)->channel);
  daemon.transmit_result = 0x80100069;
  CHECK_FALSE(transmit(*channel, bytes_from_hex("00a1"), Deadline()));
  daemon.transmit_result = 0;
  CHECK(transmit(*channel, bytes_from_hex("00a1"), Deadline()));
  daemon.transmit_result = 0x80100069;
  CHECK_FALSE(transmit(*channel, bytes_from_hex("00a1"), Deadline()));
  channel.reset();
  CHECK(daemon.commands.back() == 0x06);  // it was disconnected properly

  Daemon torn;
  channel = std::move(PcscClient::connect(*torn.open(), kYubiKey, clock)->channel);
  torn.sockets.deaf = true;
  CHECK(transmit(*channel, bytes_from_hex("00a1"), Deadline()).error().text == "pcscd: the other side is gone");
  torn.sockets.deaf = false;
  CHECK(transmit(*channel, bytes_from_hex("00a1"), Deadline()).error().text == "the connection to pcscd was given up");
  channel.reset();
  CHECK(torn.commands.back() == 0x12);  // nothing behind the beginning of the transaction
}

TEST_CASE("a card that is slow waits for its touch; who gives up hangs up") {
  fake::FakeClock clock;
  Daemon daemon;
  auto channel = std::move(PcscClient::connect(*daemon.open(), kYubiKey, clock)->channel);
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
