// touchsts oath ...: the accounts on a YubiKey.
#pragma once

#include "base/result.h"
#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// oath_command carries out one of the Command::oath_... commands.
Result<int> oath_command(const NativeOptions& options, const settings::Surroundings& around, io::World& world);

}  // namespace touchsts::cli
