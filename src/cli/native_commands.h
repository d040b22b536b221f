// The commands of touchsts and their options.
#pragma once

#include "cli/declaring.h"

namespace touchsts::cli {

// declare_commands adds them to `app`; what is typed goes into `options`, which must outlive the parse.
void declare_commands(CLI::App& app, Declaring& to, NativeOptions& options);

}  // namespace touchsts::cli
