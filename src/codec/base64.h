// Base 64 (RFC 4648, section 4).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace touchsts::codec {

// base64_encode pads with '='. The result is a Secret because what we encode is: proxy passwords.
Secret base64_encode(std::span<const std::byte> bytes);

// base64_decode_lines decodes text that may be broken by CR, LF, space and tab, as in PEM; nothing when it is not
// base 64 or its padding is wrong.
std::optional<std::vector<std::byte>> base64_decode_lines(std::string_view text);

}  // namespace touchsts::codec
