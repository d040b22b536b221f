// `touchsts dialects install`: the names of the programs that we stand in for, as links to us.
#pragma once

#include <string>

#include "base/result.h"
#include "io/world.h"

namespace touchsts::cli::compat {

// install_names makes a link to the running program for each name in `folder`; "" is where the program lies. What is
// there already under such a name stays; when it is not such a link, the exit code is 1.
Result<int> install_names(std::string folder, io::World& world);

}  // namespace touchsts::cli::compat
