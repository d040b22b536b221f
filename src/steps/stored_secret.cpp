#include "steps/stored_secret.h"

#include "cache/stored_keys.h"
#include "steps/person_asker.h"

namespace touchsts::steps {

Result<Secret> stored_secret(io::World& world,
                             const settings::Surroundings& around,
                             const std::string& id,
                             const KeyAccess& access) {
  auto person = TRY(PersonAsker::of(around, world, access.deadline));
  const auto master = TRY(access.store.open(access.may_prompt ? &person : nullptr));
  if (!master) {
    return hinted(fail(Fault::key_store, "there is no key store"), "import them again: touchsts keys import");
  }
  cache::StoredKeys stored(around.paths.data_home, {world.files, world.clock, world.random});
  return stored.find(id, *master);
}

std::unique_ptr<io::Lock> take_unlocking_turn(flight::LockFiles& locks, Deadline deadline) {
  auto lock = locks.open("key store", {});
  if (lock) {
    if (const auto taken = locks.take(*lock, deadline); !taken) {
      locks.report(taken.error());
    }
  }
  return lock;
}

}  // namespace touchsts::steps
