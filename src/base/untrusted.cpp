#include "base/untrusted.h"

#include <cstdint>

namespace touchsts {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t size;  // 0: not UTF-8
};

// Decodes one UTF-8 sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
Character decode(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = at(0);
  if (first < 0x80) {
    return {first, 1};
  }
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) {
    return {0, 0};
  }
  std::uint32_t code = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0) != 0x80) {
      return {0, 0};
    }
    code = code << 6 | (at(i) & 0x3FU);
  }
  const bool shortest = size == 2 || (size == 3 && code >= 0x800) || (size == 4 && code >= 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return shortest && !surrogate && code <= 0x10FFFF ? Character{code, size} : Character{0, 0};
}

bool harmless(std::uint32_t code) {
  const auto between = [code](std::uint32_t low, std::uint32_t high) { return code >= low && code <= high; };
  return !(code < 0x20 || between(0x7F, 0x9F) || code == 0xAD || code == 0x61C || between(0x200B, 0x200F) ||
           between(0x2028, 0x202E) || between(0x2060, 0x206F) || code == 0xFEFF || between(0xFFF9, 0xFFFB) ||
           between(0xE0000, 0xE007F));
}

}  // namespace

std::string printable(std::string_view foreign, std::size_t limit) {
  std::string shown;
  std::size_t count = 0;
  while (!foreign.empty()) {
    if (count++ == limit) {
      return shown + "...";
    }
    const auto [code, size] = decode(foreign);
    if (size != 0 && harmless(code)) {
      shown += foreign.substr(0, size);
    } else {
      shown += '?';
    }
    foreign.remove_prefix(size != 0 ? size : 1);
  }
  return shown;
}

}  // namespace touchsts
