// What a process does first, and how children get back what it changed.
#pragma once

#include <sys/types.h>

#include "io/environment.h"
#include "io/world.h"

namespace touchsts::os {

// StartState is what we found; every child starts with it.
struct StartState {
  mode_t umask = 022;
  bool ignored_pipe = false;   // SIGPIPE was ignored already
  bool output_closed = false;  // stdout was; /dev/null has its number now
  char** environment = nullptr;
};

// harden refuses to run with more rights than the user has (setuid), opens missing standard descriptors, forbids core
// files and debuggers, makes relocated data read-only, ignores SIGPIPE and makes files private. Ends the process when
// that is not possible.
StartState harden();

// restore undoes what a child would inherit; only calls that are safe between fork and exec.
void restore(const StartState& state);

io::SystemFacts read_facts(const io::Environment& environment);

}  // namespace touchsts::os
