// The person at this machine, asked to unlock the key store.
#pragma once

#include <string>

#include "io/world.h"
#include "keys/store.h"
#include "settings/surroundings.h"
#include "steps/person.h"

namespace touchsts::steps {

// PersonAsker asks on the terminal or through pinentry.
class PersonAsker : public keys::Asker {
 public:
  static Result<PersonAsker> of(const settings::Surroundings& around, io::World& world, Deadline deadline);
  Deadline deadline() override { return deadline_; }
  Result<Secret> passphrase(bool again) override;

  // new_passphrase asks twice.
  Result<Secret> new_passphrase();

 private:
  PersonAsker(io::World& world, std::string pinentry, Deadline deadline);
  Result<Secret> ask(const std::string& question);

  Person person_;
  Deadline deadline_;
};

}  // namespace touchsts::steps
