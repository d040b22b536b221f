// What can only be told by doing it, in a process of its own: whether a jail holds, whether a key that one process puts
// into the kernel's keyring is there for the next.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace touchsts::os {

// try_out starts this program anew with one of these, and gives what it says went wrong (Fault::other):
//   "jail page-reader", "jail endpoint-worker"
//   "keep-key SCOPE NAME", "find-key SCOPE NAME" (which removes it); SCOPE is the number of an io::KeyringScope
// A process that is found to hang is ended.
Result<> try_out(const std::string& what);

// run_trial is what that process does.
[[noreturn]] void run_trial(std::string_view what);

}  // namespace touchsts::os
