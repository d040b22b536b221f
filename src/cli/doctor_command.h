// `touchsts doctor`: what on this machine stands between a person and their credentials.
#pragma once

#include "base/result.h"
#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// doctor looks and changes nothing; a key that is plugged in is asked for its version and its serial number, never for
// a code. Returns 0, or the exit code of the first trouble found.
Result<int> doctor(const NativeOptions& options,
                   const settings::Surroundings& around,
                   TextFormat format,
                   io::World& world);

}  // namespace touchsts::cli
