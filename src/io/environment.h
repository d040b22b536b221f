// The environment variables as they were at start: a value, so that tests can make one up.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace touchsts::io {

// The views point into the process's own environment; secrets in it are not copied.
struct Environment {
  std::map<std::string_view, std::string_view, std::less<>> variables;

  // get is "" when the variable is absent or empty: no variable that we read tells the two apart.
  [[nodiscard]] std::string_view get(std::string_view name) const {
    const auto found = variables.find(name);
    return found != variables.end() ? found->second : std::string_view();
  }
  [[nodiscard]] bool has(std::string_view name) const { return variables.contains(name); }
};

}  // namespace touchsts::io
