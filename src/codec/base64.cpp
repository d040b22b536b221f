#include "codec/base64.h"

#include <cstdint>

namespace touchsts::codec {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr int value_of(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

Secret base64_encode(std::span<const std::byte> bytes) {
  SecretWriter text;
  while (!bytes.empty()) {
    const auto part = bytes.first(bytes.size() < 3 ? bytes.size() : 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < part.size() ? std::to_integer<std::uint32_t>(part[i]) : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const char digit = i <= part.size() ? kAlphabet[group >> (18 - 6 * i) & 0x3F] : '=';
      text.append(std::string_view(&digit, 1));
    }
    bytes = bytes.subspan(part.size());
  }
  return text.take();
}

std::optional<std::vector<std::byte>> base64_decode_lines(std::string_view text) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') {
      continue;
    }
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = value_of(c);
    if (value < 0 || padding != 0) {
      return std::nullopt;
    }
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++digits % 4 == 0) {
      bytes.push_back(static_cast<std::byte>(group >> 16 & 0xFF));
      bytes.push_back(static_cast<std::byte>(group >> 8 & 0xFF));
      bytes.push_back(static_cast<std::byte>(group & 0xFF));
      group = 0;
    }
  }
  const std::size_t rest = digits % 4;
  if ((rest + padding) % 4 != 0 || padding > 2) {
    return std::nullopt;
  }
  if (rest >= 2) {
    group <<= 6 * (4 - rest);
    bytes.push_back(static_cast<std::byte>(group >> 16 & 0xFF));
  }
  if (rest == 3) {
    bytes.push_back(static_cast<std::byte>(group >> 8 & 0xFF));
  }
  return bytes;
}

}  // namespace touchsts::codec
