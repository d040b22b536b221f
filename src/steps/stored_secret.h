// Secrets in the key store, which the person may have to unlock first.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "flight/lock_files.h"
#include "io/world.h"
#include "keys/store.h"
#include "settings/surroundings.h"

namespace touchsts::steps {

// KeyAccess is how to read stored keys: the store may have to be unlocked.
struct KeyAccess {
  keys::Store& store;
  bool may_prompt;
  Deadline deadline;
};

// stored_secret gives the secret that is stored under an access key id or the id of a password. Fault::key_store when
// it is not available.
Result<Secret> stored_secret(io::World& world,
                             const settings::Surroundings& around,
                             const std::string& id,
                             const KeyAccess& access);

// take_unlocking_turn: of many runs that have a person unlock the store, one asks; the others find it unlocked. Ours
// until what is returned goes; null where there can be no lock.
std::unique_ptr<io::Lock> take_unlocking_turn(flight::LockFiles& locks, Deadline deadline);

}  // namespace touchsts::steps
