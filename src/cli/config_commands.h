// touchsts config show, check and explain.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"
#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// Each prints to stdout and returns the exit code. `only` is a profile's name, or "" for all of them.
Result<int> config_show(const settings::Surroundings& around,
                        const std::string& only,
                        TextFormat format,
                        io::World& world);
Result<int> config_check(const settings::Surroundings& around,
                         const std::string& only,
                         TextFormat format,
                         io::World& world);
Result<int> config_explain(const Invocation& invocation,
                           const settings::Surroundings& around,
                           TextFormat format,
                           io::World& world);

}  // namespace touchsts::cli
