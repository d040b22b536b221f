// `touchsts setup profile`: a profile of ~/.aws/config that every SDK gets credentials for from us.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// process_line is what credential_process has to say for `profile`: SDKs split it in different ways, so only what all
// of them take alike may stand in it (Fault::configuration otherwise).
Result<std::string> process_line(const std::string& program, const std::string& profile);

// setup_profile writes [profile NAME] with a credential_process for another profile, and tells how to use it.
Result<int> setup_profile(const NativeOptions& options, const settings::Surroundings& around, io::World& world);

}  // namespace touchsts::cli
