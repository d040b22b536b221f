// What of an argument may stand in a message.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace touchsts::cli {

// option_name is the part of an unknown option that may be shown: "-x", or "--" with lower-case letters and '-'. What
// is joined to it may be a code or a secret; so of one that begins with a name of `known` ("--token-code"), this name
// is shown, with
// "..." behind it. "" when it does not begin like an option.
std::string option_name(std::string_view argument, std::span<const std::string_view> known);

}  // namespace touchsts::cli
