// What is wrong with single values of profiles: commands that cannot be run, values that are empty.
#pragma once

#include <string>
#include <vector>

#include "settings/lint.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// lint_values looks at each value where it stands, and says the file and the line. `only` names one profile; "" means
// all, and [defaults].
std::vector<Finding> lint_values(const Surroundings& around, const std::string& only);

}  // namespace touchsts::settings
