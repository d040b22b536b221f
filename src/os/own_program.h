// This program, started anew for what must have nothing of the process that starts it: a fork keeps its parent's
// memory.
#pragma once

#include "base/result.h"
#include "os/descriptor.h"

namespace touchsts::os {

// What a process of this program is there for.
enum class Role {
  command,          // what a person has typed
  page_reader,      // reads one page (os/jailed_html.h)
  endpoint_worker,  // answers at the credential endpoint (os/endpoint_worker.h)
  trial,            // tries something out (os/trial.h)
};

// role_of tells it by argv[0]; `name` may be null.
Role role_of(const char* name);

// open_own_program opens this program's file: by /proc, else by the name that it was started with (AT_EXECFN).
// Fault::internal when neither is there.
Result<Descriptor> open_own_program();

// become_role replaces this process by this program in another role, with that name, `argument`, an empty environment
// and the descriptors that are open and not closed by exec. Ends with exit code 70 when that cannot be. Only calls that
// are safe between fork and exec.
[[noreturn]] void become_role(const Descriptor& program, Role role, const char* argument);

}  // namespace touchsts::os
