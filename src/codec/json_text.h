// JSON strings that hold secrets, written in place in locked memory (RFC 8259, section 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace touchsts::codec {

// append_json_text writes `text` in quotes, escaped. Bytes that are not ASCII pass as they are.
void append_json_text(SecretWriter& out, std::string_view text);

// read_json_texts reads an object whose values are all texts, without escapes other than \" \\ and \/; nothing when the
// text is anything else.
std::optional<std::vector<std::pair<std::string, Secret>>> read_json_texts(std::string_view text);

}  // namespace touchsts::codec
