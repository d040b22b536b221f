// Taking properties out of AWS's shared files, and leaving every other byte as it is.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

// without_properties gives `text` (in the grammar of codec/ini.h) without the properties `keys` (lower case) of the
// section [header], and without that section when nothing but blank lines is left of it. Fault::configuration when
// there is no such section, or two of them.
Result<Secret> without_properties(std::string_view text,
                                  std::string_view header,
                                  std::span<const std::string_view> keys);

}  // namespace touchsts::codec
