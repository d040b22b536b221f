// The environment variables as they were at start: a value, so that tests can make one up.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "base/secret.h"

namespace touchsts::io {

// The views point into the process's own environment; secrets in it are not copied.
struct Environment {
  char** block = nullptr;  // as given to the process: "NAME=value", ended by null; may be null
  std::map<std::string_view, std::string_view, std::less<>> variables;  // count before the block

  // get is "" when the variable is absent or empty.
  [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }

  // take gives the value and leaves an empty one: neither our children nor who looks at this process find it there.
  [[nodiscard]] Secret take(std::string_view name) const;

 private:
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

inline Secret Environment::take(std::string_view name) const {
  const std::string_view value = get(name);
  Secret taken(value);
  for (char** entry = block; entry != nullptr && *entry != nullptr; ++entry) {
    if (*entry + name.size() + 1 == value.data()) {
      wipe(std::as_writable_bytes(std::span(*entry + name.size() + 1, value.size())));
    }
  }
  return taken;
}

inline std::optional<std::string_view> Environment::find(std::string_view name) const {
  if (const auto found = variables.find(name); found != variables.end()) {
    return found->second;
  }
  for (char** entry = name.empty() ? nullptr : block; entry != nullptr && *entry != nullptr; ++entry) {
    // Measuring every entry for every question would take longer than all else of an answer from the cache.
    if (**entry == name.front() && std::strncmp(*entry, name.data(), name.size()) == 0 &&
        (*entry)[name.size()] == '=') {
      return *entry + name.size() + 1;
    }
  }
  return std::nullopt;
}

}  // namespace touchsts::io
