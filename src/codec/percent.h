// Percent-encoding (RFC 3986, section 2.1) with the unreserved set that AWS Signature Version 4 asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace touchsts::codec {

// percent_encode keeps A-Z a-z 0-9 - . _ ~ and writes every other byte as %XX, upper case.
std::string percent_encode(std::string_view text);

// append_percent_encoded does so in locked memory.
void append_percent_encoded(SecretWriter& out, std::string_view text);

// percent_decode is for the user part of URLs, which holds passwords; nothing when an escape is broken.
std::optional<Secret> percent_decode(std::string_view text);

}  // namespace touchsts::codec
