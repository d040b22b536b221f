// Waiting for one descriptor, with a deadline and something else to drive meanwhile.
#pragma once

#include "base/time.h"
#include "io/background.h"

namespace touchsts::os {

// wait_for returns true once `descriptor` is ready for `events` (poll(2)); false at the deadline, or as soon as
// `interrupt` (a descriptor, or -1) is readable. `meanwhile` (may be null) is advanced as it becomes ready, and now and
// then for its own time-outs. Signals alone do not end the wait.
bool wait_for(int descriptor, short events, Deadline deadline, io::Background* meanwhile = nullptr, int interrupt = -1);

}  // namespace touchsts::os
