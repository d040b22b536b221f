// Waiting for one descriptor, with a deadline and something else to drive meanwhile.
#pragma once

#include "base/time.h"
#include "io/background.h"

namespace touchsts::os {

// wait_for returns true once `descriptor` (may be -1) is ready for `events` (poll(2)); false at the deadline, as soon
// as `interrupt` (a descriptor, or -1) is readable, or when one of `meanwhile` is answered. They are advanced as they
// become ready, and now and then for their own time-outs. Signals alone do not end the wait.
bool wait_for(int descriptor, short events, Deadline deadline, io::Backgrounds meanwhile = {}, int interrupt = -1);

bool any_answered(io::Backgrounds meanwhile);

}  // namespace touchsts::os
