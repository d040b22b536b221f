// touchsts cache list and clear.
#pragma once

#include "base/result.h"
#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

Result<int> cache_list(const settings::Surroundings& around,
                       const KeyOptions& options,
                       TextFormat format,
                       io::World& world);
// clear_cache removes every cached session, whatever the key is; how many there were.
Result<int> clear_cache(const settings::Surroundings& around, io::World& world);

Result<int> cache_clear(const settings::Surroundings& around, io::World& world);

}  // namespace touchsts::cli
