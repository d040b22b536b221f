#include "cli/store_state.h"

#include <utility>

#include "base/untrusted.h"

namespace touchsts::cli {
namespace {

ProtectorState state_of(keys::Store& store, const keys::Slot& slot) {
  const auto opened = store.opens(slot.holder);
  const bool open = opened && *opened;
  std::string why = open      ? ""
                    : !opened ? opened.error().text
                    : slot.holder == keys::Holder::passphrase
                        ? "the one from " + store.sources().passphrase_from + " is not it"
                        : "it does not have the key any more";
  return {.holder = slot.holder, .name = text_of(slot), .open = open, .why = std::move(why)};
}

}  // namespace

std::string named_text(const keys::Store& store) {
  const auto& sources = store.sources();
  return sources.key ? "of --key-fd"
                     : formatted("{} by {}", Untrusted{sources.key_file}, Untrusted{sources.key_file_from});
}

std::string text_of(const keys::Slot& slot) {
  if (slot.holder == keys::Holder::secret_service) {
    return "the desktop's secret store";
  }
  return slot.work.rounds != 0 ? formatted("a passphrase (PBKDF2, {} rounds)", slot.work.rounds)
                               : formatted("a passphrase (Argon2id, {} MiB, {} passes)",
                                           slot.work.argon2.memory / 1024,
                                           slot.work.argon2.passes);
}

Result<StoreState> store_state(keys::Store& store) {
  StoreState state;
  if (TRY(store.named())) {
    state.named = named_text(store);
    return state;
  }
  const auto slots = TRY(store.slots());
  state.in_keyring = store.in_keyring();
  if (slots) {
    for (const auto& slot : slots->slots) {
      state.protectors.push_back(state_of(store, slot));
    }
    return state;
  }
  // The file of slots may have been lost.
  const auto found = store.opens(keys::Holder::secret_service);
  state.offered = found && !*found;
  if (found && *found) {
    const keys::Slot slot{.holder = keys::Holder::secret_service};
    state.protectors.push_back({.holder = slot.holder, .name = text_of(slot), .open = true, .why = {}});
  }
  return state;
}

}  // namespace touchsts::cli
