// The command line, from argv to the exit code.
#pragma once

#include <span>
#include <string_view>

#include "io/world.h"

namespace touchsts::cli {

// run takes the arguments after the program's name. A `program` (argv[0], with or without its folder) that is one of
// those we stand in for, or such a name as the first argument, has its front end run.
int run(std::span<char*> arguments, io::World& world, std::string_view program = {});

}  // namespace touchsts::cli
