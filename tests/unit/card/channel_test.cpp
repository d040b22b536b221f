#include <algorithm>

#include <doctest/doctest.h>

#include "card/apdu.h"
#include "card/ccid_channel.h"
#include "codec/hex.h"
#include "fake/fake_usb.h"
#include "fake/fake_world.h"

namespace touchsts::card {
namespace {

using fake::Bytes;
using fake::bytes_from_hex;

struct Bench {
  fake::FakeClock clock;
  fake::FakeReader reader;
  std::unique_ptr<CcidChannel> channel;
  std::string trouble;

  explicit Bench(std::string_view answer = "aabb9000") {
    reader.card = [answer = bytes_from_hex(answer)](const Bytes&) { return answer; };
  }

  Deadline deadline() { return clock.steady() + Seconds(30); }

  bool open() {
    auto opened =
        CcidChannel::open(std::make_unique<fake::FakePipe>(reader),
                          {.endpoints = {2, 0x02, 0x82}, .longest_message = reader.largest, .speaks_apdus = true},
                          clock,
                          0xFE,
                          deadline());
    if (!opened) {
      trouble = opened.error().text;
      return false;
    }
    channel = *std::move(opened);
    return true;
  }

  std::string ask(std::string_view command) {
    const auto answer = transmit(*channel, bytes_from_hex(command), deadline());
    return answer ? codec::hex(answer->reveal()) : "!" + answer.error().text;
  }

  // What happens when every answer is changed by `spoil`, once the card is powered on.
  std::string spoiled(std::function<void(Bytes&)> spoil) {
    REQUIRE(open());
    reader.spoil = std::move(spoil);
    return ask("00a40400");
  }
};

TEST_CASE("a command and its answer") {
  Bench bench;
  REQUIRE(bench.open());
  CHECK(bench.ask("00a4040007a0000005272101") == "aabb9000");
  CHECK(bench.ask("00a10000") == "aabb9000");
  CHECK(bench.reader.commands.size() == 2);
  CHECK(bench.reader.aborts == 0);
}

TEST_CASE("commands and answers longer than a message go in parts") {
  Bench bench;
  bench.reader.largest = 271;
  Bytes echoed;
  bench.reader.card = [&echoed](const Bytes& command) { return echoed = command; };
  for (const std::size_t size : {260U, 261U, 262U, 521U, 522U, 523U, 2000U}) {
    REQUIRE(bench.open());
    const Bytes command(size, std::byte{0x55});
    const auto answer = transmit(*bench.channel, command, bench.deadline());
    CAPTURE(size);
    REQUIRE(answer);
    CHECK(std::ranges::equal(answer->reveal(), command));
  }
}

TEST_CASE("time extensions are counted, and show that a touch is awaited") {
  Bench bench;
  REQUIRE(bench.open());
  bench.reader.extensions = 200;
  CHECK(bench.ask("00a2") == "aabb9000");
  bench.reader.extensions = 201;
  CHECK(bench.ask("00a2") == "!the key asks for more time without end");
  CHECK(bench.reader.aborts == 1);

  bench.reader.extensions = 1;
  bench.reader.hold = true;
  bench.reader.inbox.clear();
  REQUIRE(bench.channel->begin(bytes_from_hex("00a2"), bench.deadline()));
  CHECK_FALSE(bench.channel->awaits_touch());
  const auto nothing = bench.channel->poll(bench.clock.steady());
  REQUIRE(nothing);
  CHECK_FALSE(*nothing);
  CHECK(bench.channel->awaits_touch());
  bench.channel.reset();
  CHECK(bench.reader.aborts == 2);
}

TEST_CASE("a touch that does not come ends at the deadline with an abort") {
  Bench bench;
  REQUIRE(bench.open());
  bench.reader.hold = true;
  bench.reader.extensions = 3;
  CHECK(bench.ask("00a2") == "!the key did not answer in time");
  CHECK(bench.reader.aborts == 1);
  bench.reader.hold = false;
  bench.reader.extensions = 0;
  CHECK(bench.ask("00a1") == "aabb9000");
}

TEST_CASE("what a killed predecessor left is dropped") {
  Bench bench;
  for (int i = 0; i < 40; ++i) {
    bench.reader.reply(0x80, 7, 0x80, 1, 0, {});
  }
  bench.reader.reply(0x80, 7, 0, 0, 0, bytes_from_hex("760600112233 9000"));
  bench.reader.slot_busy = true;
  REQUIRE(bench.open());
  CHECK(bench.reader.aborts == 1);
  bench.reader.reply(0x80, 7, 0, 0, 0, bytes_from_hex("760600112233 9000"));
  CHECK(bench.ask("00a1") == "aabb9000");
}

TEST_CASE("a stall is mended, once each way") {
  Bench bench;
  REQUIRE(bench.open());
  bench.reader.stalls_out = 1;
  CHECK(bench.ask("00a1") == "aabb9000");
  bench.reader.stalls_in = 2;
  CHECK(bench.ask("00a1") == "aabb9000");
  bench.reader.stalls_out = 2;
  CHECK(bench.ask("00a1") == "!USB trouble");
  bench.reader.stalls_in = 3;
  CHECK(bench.ask("00a1") == "!USB trouble");
}

TEST_CASE("unplugged at any message") {
  for (int after = 0; after < 6; ++after) {
    Bench bench;
    bench.reader.gone_after = after;
    CAPTURE(after);
    if (!bench.open()) {
      CHECK(bench.trouble == "the key was removed");
      continue;
    }
    for (int i = 0; i < after; ++i) {
      bench.ask("00a1");
    }
    CHECK(bench.ask("00a1") == "!the key was removed");
  }
}

TEST_CASE("a mute device") {
  Bench bench;
  bench.reader.mute = true;
  CHECK_FALSE(bench.open());
  CHECK(bench.trouble == "the key does not answer");
  Bench later;
  REQUIRE(later.open());
  later.reader.mute = true;
  CHECK(later.ask("00a1") == "!the key did not answer in time");
}

TEST_CASE("answers that are none") {
  const auto set = [](std::size_t at, std::uint8_t value) {
    return [at, value](Bytes& message) { message[at] = static_cast<std::byte>(value); };
  };
  const auto cut = [](std::size_t size) { return [size](Bytes& message) { message.resize(size); }; };
  CHECK(Bench().spoiled(set(0, 0x83)).starts_with("!the key sent something that is no answer"));
  CHECK(Bench().spoiled(set(1, 5)).starts_with("!the key sent something that is no answer"));  // one more than there is
  CHECK(Bench().spoiled(set(1, 3)).starts_with("!the key sent something that is no answer"));  // one less
  CHECK(Bench().spoiled(set(4, 0x80)).starts_with("!the key sent something that is no answer"));  // 2^31
  CHECK(Bench().spoiled(set(5, 1)).starts_with("!the key sent something that is no answer"));     // another slot
  CHECK(Bench().spoiled(set(6, 0x55)) == "!the key did not answer in time");                      // another's answer
  CHECK(Bench().spoiled(set(0, 0x81)) == "!the key did not answer in time");
  CHECK(Bench().spoiled(set(7, 0x42)) == "!there is no card in the reader");
  CHECK(Bench().spoiled(set(7, 0xC0)).starts_with("!the reader refused a command"));
  CHECK(Bench().spoiled(set(9, 0x44)).starts_with("!the key's answer is chained in an unknown way"));
  CHECK(Bench().spoiled(set(9, 0x10)).starts_with("!the key asks for more of a command"));
  for (std::size_t size = 0; size < 14; ++size) {
    CAPTURE(size);
    CHECK(Bench().spoiled(cut(size)).starts_with("!the key sent something that is no answer"));
  }
  CHECK(Bench("90").spoiled([](Bytes&) {}) == "!the key's answer has no status word");
  CHECK(Bench("").spoiled([](Bytes&) {}) == "!the key's answer has no status word");
}

TEST_CASE("answers of others without end, parts without end") {
  Bench strangers;
  REQUIRE(strangers.open());
  strangers.reader.hold = true;
  for (int i = 0; i < 100; ++i) {
    strangers.reader.reply(0x80, 9, 0, 0, 0, {});
  }
  CHECK(strangers.ask("00a1") == "!the key sends answers without a request");
  CHECK(Bench()
            .spoiled([](Bytes& message) { message[9] = std::byte{1}; })
            .starts_with("!the key's answer has an empty part"));
  Bench longest;
  longest.reader.card = [](const Bytes&) { return Bytes(70'000, std::byte{0}); };
  REQUIRE(longest.open());
  CHECK(longest.ask("00a1") == "!the key's answer is longer than 65538 bytes");
}

TEST_CASE("an answer in many parts of an applet ends") {
  Bench bench("aa6105");
  REQUIRE(bench.open());
  const auto endless = exchange(*bench.channel, {.instruction = 0xA1}, 0xA5, bench.deadline());
  REQUIRE_FALSE(endless);
  CHECK(endless.error().text == "the key's answer is longer than 65536 bytes");
  CHECK(bench.reader.commands.size() == 65'537);
  CHECK(codec::hex(bench.reader.commands.back()) == "00a5000000");
}

}  // namespace
}  // namespace touchsts::card
