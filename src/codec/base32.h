// Base 32 (RFC 4648, section 6), as authenticators write their seeds.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/secret.h"

namespace touchsts::codec {

// base32_encode writes capitals without padding.
Secret base32_encode(std::span<const std::byte> bytes);

// base32_decode takes both cases, blanks, hyphens and missing padding; nothing for any other sign, for no data at all,
// or for lengths that no bytes have.
std::optional<Secret> base32_decode(std::string_view text);

}  // namespace touchsts::codec
