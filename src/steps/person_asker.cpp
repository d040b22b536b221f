#include "steps/person_asker.h"

#include <utility>

#include "settings/plan_profile.h"

namespace touchsts::steps {

PersonAsker::PersonAsker(io::World& world, std::string pinentry, Deadline deadline)
    : person_(world, std::move(pinentry), kPassphrase), deadline_(deadline) {}

Result<PersonAsker> PersonAsker::of(const settings::Surroundings& around, io::World& world, Deadline deadline) {
  const settings::ProfileView defaults(around, "", nullptr);
  return PersonAsker(world, TRY(settings::command_of(around, defaults, "pinentry")), deadline);
}

Result<Secret> PersonAsker::ask(const std::string& question) {
  auto typed = TRY(person_.ask(question, deadline_, {}));
  return typed ? *std::move(typed) : Result<Secret>(fail(Fault::no_human, "nobody typed a passphrase"));
}

Result<Secret> PersonAsker::passphrase(bool again) {
  if (again) {
    person_.tell("that was not the passphrase");
  }
  return ask("Passphrase of touchsts' key store: ");
}

Result<Secret> PersonAsker::new_passphrase() {
  while (true) {
    Secret first = TRY(ask("New passphrase for touchsts' key store: "));
    if (first.empty()) {
      return fail(Fault::no_human, "no passphrase was typed");
    }
    if (TRY(ask("The same again: ")).reveal_text() == first.reveal_text()) {
      return first;
    }
    person_.tell("the two differ");
  }
}

}  // namespace touchsts::steps
