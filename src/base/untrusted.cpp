#include "base/untrusted.h"

#include <cstdint>

#include "base/utf8.h"

namespace touchsts {
namespace {

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
    const auto [code, size] = first_character(foreign);
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
