// Points in time as AWS counts them: whole seconds since 1970, UTC.
#pragma once

#include <chrono>

namespace touchsts {

using Time = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

// A Deadline is absolute and monotonic; the clock of the machine may change under it.
using Deadline = std::chrono::steady_clock::time_point;

}  // namespace touchsts
