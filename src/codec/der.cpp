#include "codec/der.h"

namespace touchsts::codec {

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

std::optional<std::span<const std::byte>> take_der_content(std::span<const std::byte>& rest, unsigned tag) {
  const auto item = take_der_item(rest);
  return item && item->tag == tag ? std::optional(item->content) : std::nullopt;
}

}  // namespace touchsts::codec
