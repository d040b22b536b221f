// Lines of AWS's files that do not count, though a person sees a key in them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// check_names is for the sections of a profile that is used. AWS's programs skip lines whose names are none, and so do
// we, but not where such a name is a key that counts but for signs that nobody sees or that belong to no name: without
// mfa_serial a role would be assumed without MFA. Fault::configuration with the line.
Result<> check_names(const Surroundings& around, std::string_view profile);

}  // namespace touchsts::settings
