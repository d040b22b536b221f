// As much of DER (X.690) as it takes to find a certificate's subject without parsing the certificate.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace touchsts::codec {

// DerItem views one tag-length-value: `whole` with its header, `content` without.
struct DerItem {
  unsigned tag = 0;
  std::span<const std::byte> whole;
  std::span<const std::byte> content;
};

// take_der_item takes the item at the front of `rest`; nothing when it is cut short or its length is not definite, in
// at most four bytes.
std::optional<DerItem> take_der_item(std::span<const std::byte>& rest);

// certificate_subject is the subject Name of an X.509 certificate (RFC 5280, 4.1), header included.
std::optional<std::span<const std::byte>> certificate_subject(std::span<const std::byte> certificate);

}  // namespace touchsts::codec
