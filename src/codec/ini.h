// The grammar of AWS's shared config and credentials files (AWS SDKs and Tools Reference, "Shared config and
// credentials files"): lines to sections, without knowing what the sections mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

inline constexpr std::size_t kIniSectionLimit = 65'536;

struct IniProperty {
  std::string key;    // lower case
  std::string value;  // continuation lines joined by '\n'; empty when the value is a secret or has sub-properties
  Secret secret;      // the value of a key that the caller called secret
  std::vector<std::pair<std::string, std::string>> sub;  // "s3 =" followed by indented "name = value" lines
  int line = 0;
};

struct IniSection {
  std::string header;  // what stands between the brackets, trimmed
  std::vector<IniProperty> properties;
  int line = 0;
};

// parse_ini reads the whole of `text`. Sections stay apart and in order, also when they have the same header.
// Values of keys for which `is_secret` is true are kept in Secrets only. Fails with Fault::configuration and the
// number of the first line that does not fit.
Result<std::vector<IniSection>> parse_ini(std::string_view text, bool (*is_secret)(std::string_view key));

// is_name: what AWS allows in the name of a section, a property or a sub-property.
bool is_name(std::string_view text);

// trimmed cuts spaces and tabs off both ends.
std::string_view trimmed(std::string_view text);

}  // namespace touchsts::codec
