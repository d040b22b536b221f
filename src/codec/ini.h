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
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // of UTF-8; a text may begin with one

struct IniProperty {
  std::string key;    // lower case
  std::string value;  // continuation lines joined by '\n'; empty when the value is a secret or has sub-properties
  Secret secret;      // the value of a key that the caller called secret
  std::vector<std::pair<std::string, std::string>> sub;  // "s3 =" followed by indented "name = value" lines; as written
  int line = 0;
};

// An IniSection is a place in the text that was parsed, which must outlive it.
struct IniSection {
  std::string_view header;   // what stands between the brackets, trimmed
  std::string_view first;    // the line with the header, its line end included
  std::string_view body;     // the lines below it, up to the next header
  int line = 0;              // of the header, from 1
  bool skips_lines = false;  // a property below it has a name that is none (is_name)
};

// parse_ini checks every line of `text` and finds its sections. They stay apart and in order, also when they have the
// same header. Fails with Fault::configuration and the number of the first line that does not fit.
Result<std::vector<IniSection>> parse_ini(std::string_view text);

// properties_of reads one section. Values of keys for which `is_secret` is true are kept in Secrets only.
std::vector<IniProperty> properties_of(const IniSection& section, bool (*is_secret)(std::string_view key));

// IniLine is a line of a section's body, and the property that it belongs to: also lines that go on with one, across
// comments and blank lines.
struct IniLine {
  enum class Kind { nothing, header, property, indented };  // nothing: a blank line or a comment
  Kind kind = Kind::nothing;
  std::string_view text;     // the whole line, its line end included
  std::string_view content;  // without blanks at either end
  std::string_view name;     // of the property, as it is written; "" of none
};

// body_lines are the lines of a section, for those who change them.
std::vector<IniLine> body_lines(std::string_view body);

// stripped is `text` without the blanks at its ends that Python's str.strip takes away (AWS's Python library does):
// ASCII's, U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000, in UTF-8.
std::string_view stripped(std::string_view text);

// is_name: what AWS allows in the name of a section, a property or a sub-property.
bool is_name(std::string_view text);

}  // namespace touchsts::codec
