// The native front end: from typed options to an Invocation.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"
#include "cli/native_options.h"
#include "io/world.h"

namespace touchsts::cli {

// read_native turns the options of credential-process, login, logout, export, exec and config explain into an
// Invocation. It reads the files that flags name (policy, code); AWS_PROFILE stands in for --profile.
Result<Invocation> read_native(NativeOptions options, io::World& world);

}  // namespace touchsts::cli
