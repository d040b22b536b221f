// `touchsts mfa enroll | resync | list`: the MFA devices of an IAM user.
#pragma once

#include "base/result.h"
#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

Result<int> mfa_command(NativeOptions options,
                        const settings::Surroundings& around,
                        TextFormat format,
                        io::World& world);

}  // namespace touchsts::cli
