#include <doctest/doctest.h>

#include "flight/device_turn.h"
#include "flight/failure_note.h"
#include "flight/sealed_note.h"

namespace touchsts::flight {
namespace {

std::vector<std::byte> bytes_of(const Secret& secret) { return {secret.reveal().begin(), secret.reveal().end()}; }

FailureNote note() {
  return {.boot_id = "11111111-1111-1111-1111-111111111111",
          .when = Deadline(std::chrono::duration_cast<Deadline::duration>(std::chrono::nanoseconds(12'345'678'901))),
          .reach = Reach::on_terminal,
          .error = {Fault::no_human, "nobody touched the YubiKey in time", "touch it when it blinks"}};
}

TEST_CASE("a failure is read as it was written") {
  const auto read = open_note(seal_note(note()).reveal());
  REQUIRE(read);
  CHECK(read->boot_id == note().boot_id);
  CHECK(read->when == note().when);
  CHECK(read->reach == Reach::on_terminal);
  CHECK(read->error.fault == Fault::no_human);
  CHECK(in_one_line(read->error) == "nobody touched the YubiKey in time; touch it when it blinks");
}

TEST_CASE("what is left behind a shorter note does not matter") {
  auto bytes = bytes_of(seal_note(note()));
  bytes.resize(bytes.size() + 100, std::byte{0x41});
  CHECK(open_note(bytes));
}

TEST_CASE("a note that is torn, cut or changed anywhere is none") {
  const auto bytes = bytes_of(seal_note(note()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(open_note(std::span(bytes).first(size)));
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto changed = bytes;
    changed[bit / 8] ^= std::byte(1U << bit % 8);
    CHECK_FALSE(open_note(changed));
  }
}

TEST_CASE("long texts are cut so that a note always fits") {
  auto large = note();
  large.error.text = std::string(100'000, 'x');
  large.error.hint = std::string(100'000, 'y');
  const auto bytes = bytes_of(seal_note(large));
  CHECK(bytes.size() <= kLargestNote);
  CHECK(open_note(bytes)->error.text == std::string(1000, 'x'));
}

TEST_CASE("a whole note of another version, or with no fault, is none") {
  const auto inner = std::vector<std::byte>{std::byte{2}, std::byte{0}};
  CHECK(unsealed(sealed(Secret(std::span<const std::byte>(inner))).reveal()));
  CHECK_FALSE(open_note(sealed(Secret(std::span<const std::byte>(inner))).reveal()));
  CHECK_FALSE(open_note(
      seal_note({.boot_id = "b", .when = {}, .reach = {}, .error = {static_cast<Fault>(99), "x", ""}}).reveal()));
}

TEST_CASE("spent codes are read as they were written; anything else is none") {
  SpentCodes spent;
  for (std::uint8_t i = 0; i < SpentCodes::kMost; ++i) {
    spent.codes.push_back({.step = 56'666'666 + i, .tag = {std::byte{i}, std::byte{0xFF}}});
  }
  const auto bytes = bytes_of(seal_spent(spent));
  CHECK(bytes.size() <= 4096);
  CHECK(open_spent(bytes).codes == spent.codes);
  CHECK(open_spent({}).codes.empty());
  CHECK(open_spent(std::span(bytes).first(bytes.size() - 1)).codes.empty());
  auto changed = bytes;
  changed.back() ^= std::byte{1};
  CHECK(open_spent(changed).codes.empty());
}

}  // namespace
}  // namespace touchsts::flight
