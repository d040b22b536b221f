// Changing the section of a profile in one of AWS's files.
#pragma once

#include <span>
#include <string_view>

#include "aws/profiles.h"
#include "base/result.h"
#include "base/secret.h"
#include "codec/ini_edit.h"

namespace touchsts::aws {

// with_section is `text` with the section of profile `name` changed, or made (codec/ini_edit.h). Fails with
// Fault::configuration as find_section and section_header do, and when the text does not parse.
Result<Secret> with_section(std::string_view text,
                            std::string_view name,
                            SharedFileKind file,
                            const codec::IniChange& change);

// without_keys is `text` without the properties `keys` (lower case) of that section; Fault::configuration as well when
// there is none.
Result<Secret> without_keys(std::string_view text,
                            std::string_view name,
                            SharedFileKind file,
                            std::span<const std::string_view> keys,
                            codec::Emptied emptied = codec::Emptied::goes);

// What a section of a credentials file holds, as far as it could be lost.
enum class SectionKeys { none, temporary, long_term };

// held_keys reads it off the section alone, with the values that a profile would have: keys without a session token are
// long-term ones, also half a pair. A line
// that looks like one of these properties but is none (another sign than '=', a name that is not quite it) is
// Fault::configuration with its number: nobody can say what it is worth.
Result<SectionKeys> held_keys(const codec::IniSection& section);

}  // namespace touchsts::aws
