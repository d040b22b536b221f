#include "base/secret.h"

#include <array>
#include <format>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include "base/arena.h"

namespace touchsts {

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_default_constructible_v<std::formatter<Secret>>, "a Secret must not print");

TEST_CASE("wipe overwrites every byte") {
  std::array bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  wipe(bytes);
  CHECK(bytes == std::array<std::byte, 3>{});
}

TEST_CASE("a moved-from Secret is empty") {
  Secret from(std::string_view("hunter2"));
  const Secret to = std::move(from);
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): the point of the test
  CHECK(same_secret(to, Secret(std::string_view("hunter2"))));
  CHECK_FALSE(same_secret(to, Secret(std::string_view("hunter3"))));
  CHECK_FALSE(same_secret(to, Secret(std::string_view("hunter"))));
}

TEST_CASE("memory given back is wiped, and taken again") {
  const std::byte* place = nullptr;
  {
    const Secret secret(std::string_view("0123456789abcdef"));
    place = secret.reveal().data();
  }
  for (int i = 0; i < 16; ++i) {
    CHECK(place[i] == std::byte{0});  // the arena keeps the page
  }
  const Secret again(std::string_view("fedcba9876543210"));
  CHECK(again.reveal().data() == place);
}

TEST_CASE("a SecretWriter keeps all that was written, over its growth") {
  SecretWriter writer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    writer.append(std::string_view(piece));
    expected += piece;
  }
  CHECK(writer.size() == expected.size());
  const Secret text = writer.take();
  CHECK(text.reveal_text() == expected);
  CHECK(writer.take().empty());
}

TEST_CASE("shrink keeps the front") {
  Secret secret(std::string_view("abcdef"));
  secret.shrink(3);
  CHECK(secret.reveal_text() == "abc");
  secret.shrink(9);
  CHECK(secret.size() == 3);
}

TEST_CASE("the arena serves sizes beyond one region and gives neighbours back as one") {
  std::vector<Secret> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(Secret::blank(2000));
  }
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i].reveal_writable()[0] = static_cast<std::byte>(i);
  }
  for (std::size_t i = 0; i < many.size(); ++i) {
    CHECK(many[i].reveal()[0] == static_cast<std::byte>(i));
  }
  many.clear();
  const Secret large = Secret::blank(60'000);
  CHECK(large.size() == 60'000);
}

}  // namespace touchsts
