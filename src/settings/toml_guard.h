// What our configuration file must look like before the TOML library sees it.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace touchsts::settings {

inline constexpr std::size_t kTomlLimit = std::size_t{64} * 1024;  // bytes
inline constexpr std::size_t kTomlDepth = 32;                      // brackets and braces within each other
inline constexpr int kTomlKeyParts = 16;                           // a.b.c has three

// guard_toml refuses what a configuration never needs and parsers have died of: large or deep input, NUL and other
// control characters, anything but ASCII outside strings and comments, and signs that TOML does not have.
Result<> guard_toml(std::string_view text);

}  // namespace touchsts::settings
