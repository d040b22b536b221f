// An error of ours in the words of the program that is stood in for.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "cli/compat/options.h"

namespace touchsts::cli::compat {

// Words are a name of ours (an option, a key of a profile) and what the program calls it.
using Words = std::span<const std::pair<std::string_view, std::string_view>>;

// in_own_words gives names of ours the program's, and leaves out of the hint each alternative (they are parted by ", or
// ") that takes an option which is not among the program's.
Error in_own_words(Error error, std::span<const Option> options, Words words);

}  // namespace touchsts::cli::compat
