// What is wrong, or will be, with the configuration: `touchsts config check`.
#pragma once

#include <string>
#include <vector>

#include "settings/surroundings.h"

namespace touchsts::settings {

struct Finding {
  enum class Weight { error, warning };
  Weight weight;
  std::string where;  // a file or a profile
  std::string text;
  std::string hint;
};

// lint looks at every profile and at the files' permissions. `only` names one profile; "" means all.
std::vector<Finding> lint(const Surroundings& around, const std::string& only);

}  // namespace touchsts::settings
