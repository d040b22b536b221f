// Lines of AWS's files that do not count, though a person sees a key in them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// check_names is for the sections of a profile that is used. AWS's programs skip a line whose name has characters
// that no name has, and so do we, except when the rest of the name is a key that counts: without mfa_serial a role
// would be assumed without MFA. Fault::configuration with the line.
Result<> check_names(const Surroundings& around, std::string_view profile);

}  // namespace touchsts::settings
