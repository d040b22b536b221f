// Going on after our caller has ended.
#pragma once

#include <memory>

#include "base/result.h"
#include "io/background.h"

namespace touchsts::os {

// outlive_caller forks. It returns in the child, which takes the secrets along, with what is answered as soon as the
// caller is gone (our output is not read any more). The parent stays behind as what the caller knows: it hands on what
// the child writes to stdout and stderr, and ends as the child does. Null, in the only process, when there can be no
// child.
std::unique_ptr<io::Background> outlive_caller();

// split_off forks twice, so that the process in which it returns true is an orphan: no `wait` of the program that
// this one becomes meets it. It has the secrets, a session of its own without a terminal, and /dev/null for stdin,
// stdout and stderr. The first process gets false, or why there is no second.
Result<bool> split_off();

// send_output_nowhere puts /dev/null in the place of stdin, stdout and stderr.
void send_output_nowhere();

}  // namespace touchsts::os
