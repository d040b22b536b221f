// What a YubiKey and this program once said to each other (tests/vectors/exchanges, made by
// tests/virtual_yubikey/record.py) is said again, byte by byte.
#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <doctest/doctest.h>

#include "cli/run.h"
#include "codec/hex.h"
#include "fake/fake_world.h"

namespace touchsts::cli {
namespace {

using fake::Bytes;

struct Exchange {
  std::vector<std::string> arguments;
  Time time;
  Bytes random;
  std::vector<std::string> typed;
  int status = -1;
  std::string output;
  std::deque<std::pair<char, Bytes>> messages;
};

Exchange read_exchange(const std::filesystem::path& file) {
  Exchange exchange;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    const std::string key = line.substr(0, space);
    const std::string value = line.substr(space + 1);
    if (key == "arguments") {
      for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = std::min(value.find(' ', at), value.size());
        exchange.arguments.push_back(value.substr(at, end - at));
        at = end + 1;
      }
    } else if (key == "time") {
      exchange.time = Time(Seconds(std::stoll(value)));
    } else if (key == "random") {
      exchange.random = fake::bytes_from_hex(value);
    } else if (key == "typed") {
      exchange.typed.push_back(value);
    } else if (key == "status") {
      exchange.status = std::stoi(value);
    } else if (key == "output") {
      exchange.output += value + "\n";
    } else {
      exchange.messages.emplace_back(key.at(0), fake::bytes_from_hex(value));
    }
  }
  return exchange;
}

// The key of a record: it takes nothing but what was said to it then.
class ReplayPipe : public io::UsbPipe {
 public:
  explicit ReplayPipe(Exchange& exchange) : exchange_(exchange) {}

  io::UsbResult<> write(std::span<const std::byte> message, Deadline) override {
    auto& messages = exchange_.messages;
    const bool same =
        !messages.empty() && messages.front().first == '>' && std::ranges::equal(messages.front().second, message);
    CHECK(same);
    if (!same) {
      MESSAGE("written: " << codec::hex(message));
      return std::unexpected(io::UsbFailure{io::UsbTrouble::gone, {Fault::device, "not in the record", {}}});
    }
    messages.pop_front();
    return {};
  }
  io::UsbResult<std::optional<Secret>> read(std::size_t, Deadline) override {
    auto& messages = exchange_.messages;
    if (messages.empty() || messages.front().first != '<') {
      return std::nullopt;
    }
    const Secret message(messages.front().second);
    messages.pop_front();
    return std::optional(Secret(message.reveal()));
  }
  [[nodiscard]] int descriptor() const override { return -1; }
  io::UsbResult<> control(std::uint8_t, std::uint16_t, Deadline) override { return {}; }
  io::UsbResult<> clear_halt() override { return {}; }

 private:
  Exchange& exchange_;
};

TEST_CASE("recorded exchanges go the same way again") {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(TOUCHSTS_TESTS "/vectors/exchanges")) {
    const std::string name = file.path().filename();
    CAPTURE(name);
    Exchange exchange = read_exchange(file);
    REQUIRE(exchange.messages.size() > 2);
    fake::FakeWorld world;
    fake::FakeReader unused;
    world.usb.plug(unused);
    world.usb.plugged.front().pipe = [&exchange] { return std::make_unique<ReplayPipe>(exchange); };
    world.clock.time = exchange.time;
    world.random.given.assign(exchange.random.begin(), exchange.random.end());
    world.terminal.answers.assign(exchange.typed.begin(), exchange.typed.end());
    std::vector<char*> arguments;
    for (auto& word : exchange.arguments) {
      arguments.push_back(word.data());
    }
    CHECK(cli::run(arguments, world.world) == exchange.status);
    CHECK(exchange.messages.empty());
    // The terminal showed prompts and results alike.
    CHECK(exchange.output.ends_with(world.output.out + world.output.err));
    ++count;
  }
  CHECK(count >= 9);
}

}  // namespace
}  // namespace touchsts::cli
