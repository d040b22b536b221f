// As much of DER (X.690) as it takes to find the parts of a certificate.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace touchsts::codec {

inline constexpr unsigned kDerSequence = 0x30;
inline constexpr unsigned kDerSet = 0x31;

// DerItem views one tag-length-value: `whole` with its header, `content` without.
struct DerItem {
  unsigned tag = 0;
  std::span<const std::byte> whole;
  std::span<const std::byte> content;
};

// take_der_item takes the item at the front of `rest`; nothing when it is cut short or its length is not definite, in
// at most four bytes.
std::optional<DerItem> take_der_item(std::span<const std::byte>& rest);

// take_der_content is the content of the item at the front, if it has that tag.
std::optional<std::span<const std::byte>> take_der_content(std::span<const std::byte>& rest, unsigned tag);

}  // namespace touchsts::codec
