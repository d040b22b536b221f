// Writing a profile of config.toml (TOML 1.0).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace touchsts::settings {

// toml_string is `text` as a basic string: in double quotes, with what may not stand there escaped.
std::string toml_string(std::string_view text);

// toml_property is the line "key = value" for a key of a profile, typed as the key's values are; a list comes as words
// between commas, a table as NAME=VALUE between commas. Fault::configuration when a profile has no such key, or `text`
// is no value of its type.
Result<std::string> toml_property(std::string_view key, std::string_view text);

using TomlProperties = std::vector<std::pair<std::string, std::string>>;

// toml_profile is the section [profile.NAME] with `properties`; fails as toml_property does.
Result<std::string> toml_profile(std::string_view name, const TomlProperties& properties);

// with_profile is the text of a config.toml with that section behind everything else. Fault::configuration as well when
// the result would not be read back as what it was, with this one profile more.
Result<std::string> with_profile(std::string_view text, std::string_view name, const TomlProperties& properties);

}  // namespace touchsts::settings
