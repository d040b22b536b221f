#include "codec/percent.h"

#include <charconv>
#include <cstdint>

namespace touchsts::codec {
namespace {

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 0xF];
    }
  }
  return encoded;
}

std::optional<Secret> percent_decode(std::string_view text) {
  SecretWriter decoded;
  while (!text.empty()) {
    char c = text.front();
    std::size_t used = 1;
    if (c == '%') {
      std::uint8_t value = 0;
      if (text.size() < 3) {
        return std::nullopt;
      }
      const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, value, 16);
      if (error != std::errc() || end != text.data() + 3) {
        return std::nullopt;
      }
      c = static_cast<char>(value);
      used = 3;
    }
    decoded.append(std::string_view(&c, 1));
    text.remove_prefix(used);
  }
  return decoded.take();
}

}  // namespace touchsts::codec
