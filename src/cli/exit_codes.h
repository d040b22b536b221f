// The exit codes of the native commands: one table for the program, its help and its manual.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace touchsts::cli {

struct ExitCode {
  int number;
  std::string_view meaning;
};

int exit_code(Fault fault);
std::span<const ExitCode> exit_codes();

// Those of `exec`, when the command itself could not be run (as env(1) and others have them).
inline constexpr int kExecFailed = 125;
inline constexpr int kExecNotRunnable = 126;
inline constexpr int kExecNotFound = 127;

}  // namespace touchsts::cli
