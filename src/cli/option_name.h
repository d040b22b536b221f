// What of an argument may stand in a message.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace touchsts::cli {

// option_name is the part of an unknown option that may be shown: "-x", or "--" with lower-case letters and '-'. What
// is joined to it may be a code or a secret: if this part only begins with a name of `known` ("--token-codehunter"),
// the name and "..." are shown. "" when the argument does not begin like an option.
std::string option_name(std::string_view argument, std::span<const std::string_view> known);

}  // namespace touchsts::cli
