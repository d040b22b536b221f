// What front ends make of what they were given, as the profile keys that settings/ knows.
#pragma once

#include <string>
#include <string_view>

#include "aws/profiles.h"
#include "settings/surroundings.h"

namespace touchsts::cli::compat {

// set_flag gives `key` a value; an empty one changes nothing. `from` says where it came from; `line` is kGivenByCaller
// of commands.
void set_flag(aws::Profile& flags, std::string_view key, std::string_view value, std::string_view from, int line = 0);

// botocore_region is the region that AWS's Python library would take from the files: that of AWS_PROFILE or default.
std::string botocore_region(const settings::Surroundings& around);

}  // namespace touchsts::cli::compat
