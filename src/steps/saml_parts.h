// What a log-in at an identity provider works with.
#pragma once

#include "base/time.h"
#include "flight/lock_files.h"
#include "io/world.h"
#include "keys/store.h"
#include "settings/surroundings.h"
#include "steps/query_client.h"
#include "steps/token_code.h"

namespace touchsts::steps {

// Everything is borrowed; `deadline` ends the whole log-in.
struct SamlParts {
  io::World& world;
  const settings::Surroundings& around;
  CodeSources& codes;
  flight::LockFiles& locks;
  keys::Store& keys;
  QueryClient& sts;
  Deadline deadline;
};

}  // namespace touchsts::steps
