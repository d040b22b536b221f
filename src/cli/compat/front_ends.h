// The front ends, and how one is run.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cli/compat/front_end.h"
#include "io/world.h"

namespace touchsts::cli::compat {

extern const FrontEnd kAwsCredentialProcess;
extern const FrontEnd kVegasCredentials;
extern const FrontEnd kAwsMfa;
extern const FrontEnd kAwsmfa;
extern const FrontEnd kAwsprocesscredsSaml;

// find_front_end gives the front end that answers to the name of a program, without its folder; null for other names.
const FrontEnd* find_front_end(std::string_view program);

// program_names are all names that front ends answer to.
std::vector<std::string_view> program_names();

// run_front_end takes the arguments after the program's name and returns the exit code.
int run_front_end(const FrontEnd& front_end, std::string_view program, std::span<char*> arguments, io::World& world);

}  // namespace touchsts::cli::compat
