// A channel that replays an exchange: "> command" and "< answer" lines in hexadecimal, in order.
#pragma once

#include <deque>
#include <string>

#include <doctest/doctest.h>

#include "card/channel.h"
#include "codec/hex.h"
#include "fake/hex.h"

namespace touchsts::fake {

class FakeChannel : public card::Channel {
 public:
  struct Turn {
    std::string command, answer;
  };
  std::deque<Turn> turns;
  bool cancelled = false;

  Result<> begin(std::span<const std::byte> command, Deadline) override {
    REQUIRE_FALSE(turns.empty());
    CHECK(codec::hex(command) == codec::hex(bytes_from_hex(turns.front().command)));
    return {};
  }
  Result<std::optional<Secret>> poll(Deadline) override {
    const auto bytes = bytes_from_hex(turns.front().answer);
    turns.pop_front();
    return std::optional(Secret(bytes));
  }
  [[nodiscard]] int descriptor() const override { return -1; }
  [[nodiscard]] bool awaits_touch() const override { return false; }
  void cancel() override { cancelled = true; }
};

}  // namespace touchsts::fake
