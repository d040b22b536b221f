// Putting properties into AWS's shared files and taking them out, and leaving every other byte as it is.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

// What becomes of a section when nothing but blank lines is left of it.
enum class Emptied { goes, stays };

// without_properties gives `text` (in the grammar of codec/ini.h) without the properties `keys` (lower case) of the
// section [header]. Fault::configuration when the text does not parse, or there is no such section, or two of them.
Result<Secret> without_properties(std::string_view text,
                                  std::string_view header,
                                  std::span<const std::string_view> keys,
                                  Emptied emptied = Emptied::goes);

// An IniChange is what a section is to hold afterwards; everything is borrowed.
struct IniChange {
  std::vector<std::pair<std::string_view, std::string_view>> set;  // keys in lower case, with their values
  std::vector<std::string_view> gone;                              // keys
};

// with_properties gives `text` with the section [header] changed. A property that is there keeps its place, others come
// below the last one; a section that is not there comes at the end. Lines end as the first line of the text does.
// Fault::configuration when the text does not parse, or there are two such sections; Fault::malformed when a value is
// none that would be read as it was written.
Result<Secret> with_properties(std::string_view text, std::string_view header, const IniChange& change);

}  // namespace touchsts::codec
