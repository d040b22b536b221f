#include "codec/der.h"

namespace touchsts::codec {
namespace {

constexpr unsigned kSequence = 0x30;
constexpr unsigned kVersion = 0xA0;  // [0] EXPLICIT

std::optional<std::span<const std::byte>> content_of(std::span<const std::byte>& rest, unsigned tag) {
  const auto item = take_der_item(rest);
  return item && item->tag == tag ? std::optional(item->content) : std::nullopt;
}

}  // namespace

std::optional<DerItem> take_der_item(std::span<const std::byte>& rest) {
  if (rest.size() < 2) {
    return std::nullopt;
  }
  std::size_t header = 2;
  std::size_t length = std::to_integer<std::size_t>(rest[1]);
  if (length >= 0x80) {
    const std::size_t digits = length & 0x7F;
    if (digits == 0 || digits > 4 || rest.size() < 2 + digits) {
      return std::nullopt;
    }
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      length = length << 8 | std::to_integer<std::size_t>(rest[2 + i]);
    }
    header += digits;
  }
  if (length > rest.size() - header) {
    return std::nullopt;
  }
  const DerItem item{std::to_integer<unsigned>(rest[0]), rest.first(header + length), rest.subspan(header, length)};
  rest = rest.subspan(header + length);
  return item;
}

std::optional<std::span<const std::byte>> certificate_subject(std::span<const std::byte> certificate) {
  auto outer = content_of(certificate, kSequence);
  if (!outer) {
    return std::nullopt;
  }
  auto fields = content_of(*outer, kSequence);  // tbsCertificate
  if (!fields) {
    return std::nullopt;
  }
  auto rest = *fields;
  if (!rest.empty() && std::to_integer<unsigned>(rest[0]) == kVersion) {
    (void)take_der_item(rest);
  }
  for (int skipped = 0; skipped < 4; ++skipped) {  // serialNumber, signature, issuer, validity
    if (!take_der_item(rest)) {
      return std::nullopt;
    }
  }
  const auto subject = take_der_item(rest);
  return subject && subject->tag == kSequence ? std::optional(subject->whole) : std::nullopt;
}

}  // namespace touchsts::codec
