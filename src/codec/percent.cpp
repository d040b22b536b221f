#include "codec/percent.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace touchsts::codec {
namespace {

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// Hands the encoded text to `emit` piece by piece.
template <class Emit>
void encode(std::string_view text, Emit emit) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, unreserved) - text.begin());
    emit(text.substr(0, plain));
    text.remove_prefix(plain);
    if (!text.empty()) {
      const auto byte = static_cast<std::uint8_t>(text.front());
      const std::array escape{'%', kDigits[byte >> 4], kDigits[byte & 0xF]};
      emit(std::string_view(escape.data(), escape.size()));
      text.remove_prefix(1);
    }
  }
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  encode(text, [&encoded](std::string_view piece) { encoded += piece; });
  return encoded;
}

void append_percent_encoded(SecretWriter& out, std::string_view text) {
  encode(text, [&out](std::string_view piece) { out.append(piece); });
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
