// The program that a command line in a configuration file names.
#pragma once

#include <string>
#include <string_view>

#include "aws/profiles.h"
#include "base/result.h"

namespace touchsts::settings {

// program_of is the program that the value of `key` names, as it stands there; Fault::configuration when its quotes are
// open.
Result<std::string> program_of(std::string_view key, std::string_view line);

// check_program: a path that depends on the folder that touchsts happens to be run in would be somebody else's program
// in another one (Fault::configuration). The value of `key` is a line of words, but a pinentry, which has no arguments.
Result<> check_program(std::string_view key, const aws::Value& value);

// with_home is "~/code --get" with the home folder in it, as one word still.
std::string with_home(std::string_view key, std::string_view line, std::string_view home);

}  // namespace touchsts::settings
