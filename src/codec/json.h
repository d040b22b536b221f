// JSON for what holds no secret (listings, plans): JSON for Modern C++, in the order in which keys are added.
#pragma once

#include <string>

#define JSON_NOEXCEPTION 1
#include <nlohmann/json.hpp>

namespace touchsts::codec {

using Json = nlohmann::ordered_json;

// to_text writes two-space indented JSON; bytes that are not UTF-8 become U+FFFD.
std::string to_text(const Json& value);

}  // namespace touchsts::codec
