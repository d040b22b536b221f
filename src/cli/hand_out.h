// One invocation from beginning to end: configuration, plan, credentials, delivery.
#pragma once

#include "cli/invocation.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// hand_out returns the exit code of what it delivered to (0, or that of an exec that did not start).
Result<int> hand_out(Invocation invocation, const settings::Surroundings& around, io::World& world);

// log_out drops what the cache holds for the invocation's profile, and what the section of its delivery holds. It says
// what went.
Result<std::string> log_out(const Invocation& invocation, const settings::Surroundings& around, io::World& world);

}  // namespace touchsts::cli
