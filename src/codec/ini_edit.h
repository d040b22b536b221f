// Putting properties into AWS's shared files and taking them out, and leaving every other byte as it is.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "codec/ini.h"

namespace touchsts::codec {

// What becomes of a section when nothing but blank lines is left of it.
enum class Emptied { goes, stays };

// without_properties gives `text` without the properties `keys` (lower case) of `section`, which lies in it.
Secret without_properties(std::string_view text,
                          const IniSection& section,
                          std::span<const std::string_view> keys,
                          Emptied emptied = Emptied::goes);

// An IniChange is what a section is to hold afterwards; everything is borrowed.
struct IniChange {
  std::vector<std::pair<std::string_view, std::string_view>> set;  // keys in lower case, with their values
  std::vector<std::string_view> gone;                              // keys
};

// with_properties gives `text` with `section`, which lies in it, changed; where that is null, with a new section
// [header] at the end. A property that is there keeps its place, others come below the last one. Lines end as the first
// line of the text does. Fault::malformed when a value is none that would be read as it was written.
Result<Secret> with_properties(std::string_view text,
                               const IniSection* section,
                               std::string_view header,
                               const IniChange& change);

}  // namespace touchsts::codec
