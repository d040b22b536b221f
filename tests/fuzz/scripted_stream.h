// A stream whose other side says what the fuzzer says, whatever it is told, and closes then; and a clock that stands.
#pragma once

#include <algorithm>
#include <memory>

#include "fuzz/fuzz.h"
#include "io/clock.h"
#include "io/local_sockets.h"

namespace touchsts::fuzz {

class ScriptedStream : public io::LocalStream {
 public:
  explicit ScriptedStream(std::span<const std::byte> said) : said_(said) {}

  Result<> write(std::span<const std::byte>, Deadline) override { return {}; }
  Result<std::optional<Secret>> read(std::size_t size, Deadline) override {
    return size > said_.size() ? closed() : taken(size, 0);
  }
  Result<std::optional<Secret>> read_until(std::byte end, std::size_t longest, Deadline) override {
    const auto size = static_cast<std::size_t>(std::ranges::find(said_, end) - said_.begin());
    if (size > longest) {
      return fail(Fault::malformed, "a long line");
    }
    return size == said_.size() ? closed() : taken(size, 1);
  }
  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  static Result<std::optional<Secret>> closed() { return fail(Fault::device, "the other side is gone"); }
  Result<std::optional<Secret>> taken(std::size_t size, std::size_t dropped) {
    Secret bytes(said_.first(size));
    said_ = said_.subspan(size + dropped);
    return std::optional(std::move(bytes));
  }

  std::span<const std::byte> said_;
};

struct StandingClock : io::Clock {
  Time now() override { return Time(Seconds(1'700'000'000)); }
  Deadline steady() override { return {}; }
  Seconds since_boot() override { return Seconds(0); }
  std::string boot_id() override { return {}; }
  void sleep_until(Deadline) override {}
};

}  // namespace touchsts::fuzz
