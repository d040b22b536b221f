#include "card/scd_channel.h"

#include <doctest/doctest.h>

#include "fake/fake_world.h"

namespace touchsts::card {

TEST_CASE("a card that scdaemon shares is given back before the channel is gone") {
  const auto awaited_with = [](Deadline::duration left) {
    fake::FakeClock clock;
    fake::FakeSockets sockets;
    std::string last;
    sockets.answer = [&last](std::span<const std::byte> line) {
      last.assign(reinterpret_cast<const char*>(line.data()), line.size());
      constexpr std::string_view kOk = "OK\n";
      const auto bytes = std::as_bytes(std::span(kOk));
      return std::vector<std::byte>(bytes.begin(), bytes.end());
    };
    auto channel = open_scd_channel(sockets.connect("agent"), clock, clock.steady() + left);
    REQUIRE(channel.has_value());
    CHECK(last == "SCD LOCK --wait\n");
    channel->reset();
    CHECK(last == "SCD RESET\n");
    return sockets.awaited - clock.steady();
  };
  CHECK(awaited_with(std::chrono::seconds(30)) == std::chrono::seconds(10));
  CHECK(awaited_with(std::chrono::seconds(4)) == std::chrono::seconds(4));
  CHECK(awaited_with(std::chrono::seconds(-1)) == std::chrono::milliseconds(200));
}

}  // namespace touchsts::card
