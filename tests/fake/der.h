// DER (X.690) of short items, for tests.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace touchsts::fake {

using Der = std::vector<std::byte>;

// joined are the pieces one after the other.
inline Der joined(std::initializer_list<Der> pieces) {
  Der all;
  for (const Der& piece : pieces) {
    all.insert(all.end(), piece.begin(), piece.end());
  }
  return all;
}

// der_item has `content` of 255 bytes at most.
inline Der der_item(unsigned tag, const Der& content) {
  REQUIRE(content.size() < 0x100);
  Der made{static_cast<std::byte>(tag)};
  if (content.size() >= 0x80) {
    made.push_back(std::byte{0x81});
  }
  made.push_back(static_cast<std::byte>(content.size()));
  made.insert(made.end(), content.begin(), content.end());
  return made;
}

inline Der der_text(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace touchsts::fake
