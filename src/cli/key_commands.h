// The key store: setup, cache lock, unlock, rekey, status.
#pragma once

#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

Result<int> setup(const NativeOptions& options, const settings::Surroundings& around, io::World& world);
Result<int> cache_lock(const NativeOptions& options, const settings::Surroundings& around, io::World& world);
Result<int> cache_unlock(const NativeOptions& options, const settings::Surroundings& around, io::World& world);
Result<int> cache_rekey(const NativeOptions& options, const settings::Surroundings& around, io::World& world);
Result<int> cache_status(const NativeOptions& options,
                         const settings::Surroundings& around,
                         TextFormat format,
                         io::World& world);

}  // namespace touchsts::cli
