// Splitting a command line into words as a POSIX shell quotes them (IEEE 1003.1, 2.2 Quoting), without a shell: no
// variables, no globs, no substitution.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace touchsts::codec {

// shell_words fails with Fault::configuration on an open quote, a trailing backslash, or no word at all.
Result<std::vector<std::string>> shell_words(std::string_view line);

}  // namespace touchsts::codec
