// What of an argument may stand in a message.
#pragma once

#include <string>
#include <string_view>

namespace touchsts::cli {

// option_name is the part of an unknown option that may be shown: "-x", or "--" with lower-case letters and '-'. What
// is joined to it may be a code or a secret. "" when it does not begin like an option.
std::string option_name(std::string_view argument);

}  // namespace touchsts::cli
