#include "codec/base32.h"

#include <cstdint>

namespace touchsts::codec {
namespace {

constexpr unsigned kNone = 32;

unsigned value_of(char c) {
  if (c >= 'A' && c <= 'Z') {
    return static_cast<unsigned>(c - 'A');
  }
  if (c >= 'a' && c <= 'z') {
    return static_cast<unsigned>(c - 'a');
  }
  return c >= '2' && c <= '7' ? static_cast<unsigned>(c - '2' + 26) : kNone;
}

}  // namespace

Secret base32_encode(std::span<const std::byte> bytes) {
  constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  SecretWriter text;
  unsigned bits = 0;
  unsigned held = 0;
  const auto put = [&text, kSigns](unsigned value) { text.append(kSigns.substr(value & 31, 1)); };
  for (const std::byte byte : bytes) {
    bits = (bits << 8 | std::to_integer<unsigned>(byte)) & 0xFFF;
    for (held += 8; held >= 5; held -= 5) {
      put(bits >> (held - 5));
    }
  }
  if (held > 0) {
    put(bits << (5 - held));
  }
  return text.take();
}

std::optional<Secret> base32_decode(std::string_view text) {
  Secret bytes = Secret::blank(text.size() * 5 / 8 + 1);
  std::size_t size = 0;
  std::size_t digits = 0;
  std::uint32_t collected = 0;
  unsigned bits = 0;
  bool padded = false;
  for (const char c : text) {
    if (c == ' ' || c == '-' || c == '=') {
      padded = padded || c == '=';
      continue;
    }
    const unsigned value = value_of(c);
    if (value == kNone || padded) {
      return std::nullopt;
    }
    collected = (collected << 5 | value) & 0xFFF;
    bits += 5;
    ++digits;
    if (bits >= 8) {
      bits -= 8;
      bytes.reveal_writable()[size++] = static_cast<std::byte>(collected >> bits & 0xFF);
    }
  }
  const std::size_t last = digits % 8;
  if (size == 0 || last == 1 || last == 3 || last == 6) {
    return std::nullopt;
  }
  bytes.shrink(size);
  return bytes;
}

}  // namespace touchsts::codec
