// Bytes in tests, written as hexadecimal digits.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace touchsts::fake {

// bytes_from_hex turns "80 0A 00" into bytes. Digits only; blanks are for the reader.
inline std::vector<std::byte> bytes_from_hex(std::string_view text) {
  std::vector<std::byte> bytes;
  unsigned value = 0;
  bool half = false;
  for (const char c : text) {
    if (c == ' ') {
      continue;
    }
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4 | static_cast<unsigned>(digit);
    if (half) {
      bytes.push_back(static_cast<std::byte>(value & 0xFF));
    }
    half = !half;
  }
  return bytes;
}

}  // namespace touchsts::fake
