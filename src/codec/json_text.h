// JSON strings that hold secrets, written in place in locked memory (RFC 8259, section 7).
#pragma once

#include <string_view>

#include "base/secret.h"

namespace touchsts::codec {

// append_json_text writes `text` in quotes, escaped. Bytes that are not ASCII pass as they are.
void append_json_text(SecretWriter& out, std::string_view text);

}  // namespace touchsts::codec
