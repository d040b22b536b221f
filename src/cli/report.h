// The only place that prints errors.
#pragma once

#include "base/error.h"
#include "io/world.h"

namespace touchsts::cli {

// report writes "touchsts: TEXT; HINT" as one line on stderr and to the log, and returns the exit code.
int report(const Error& error, io::World& world);

}  // namespace touchsts::cli
