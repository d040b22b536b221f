// TOML files whose tables inherit from the tables above them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::settings {

struct TomlValue {
  enum class Kind { text, number, flag, list };
  Kind kind = Kind::text;
  std::string text;               // also of a number, and "true" or "false"; empty when the value is a secret
  std::vector<std::string> list;  // its texts
  Secret secret;
};

using TomlSection = std::map<std::string, TomlValue, std::less<>>;
using TomlSections = std::map<std::string, TomlSection, std::less<>>;

// read_toml_sections finds the tables of a file, [NAME] and [[NAME]], by the last part of their names; of several with
// one name the last counts. A table has what stands in the tables above it, and before them at the top of the file,
// unless it says otherwise. Texts of keys for which `is_secret` is true are in Secrets only, apart from the TOML
// library's own copy, which is wiped. Fault::configuration names the line of what is no TOML, or no value of the four
// kinds.
Result<TomlSections> read_toml_sections(std::string_view text, bool (*is_secret)(std::string_view key));

}  // namespace touchsts::settings
