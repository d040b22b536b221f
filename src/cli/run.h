// The command line, from argv to the exit code.
#pragma once

#include <span>

#include "io/world.h"

namespace touchsts::cli {

// run takes the arguments after the program's name.
int run(std::span<char*> arguments, io::World& world);

}  // namespace touchsts::cli
