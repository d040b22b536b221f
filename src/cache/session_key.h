// The key that seals sessions.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "keys/store.h"

namespace touchsts::cache {

// session_key_of derives the key of sessions from a master key, which it does not tell.
Secret session_key_of(const Secret& master_key);

// SessionKey is looked up once and remembered. It is derived from the store's master key where that is unlocked without
// a prompt. Where it is not, or there is no store, it is a key of its own in the kernel's keyring: sessions
// can be replaced by new ones, so they are not worth a prompt for a passphrase.
class SessionKey {
 public:
  explicit SessionKey(keys::Store& store) : store_(store) {}

  // find gives the 32-byte key, or null when there is none (yet). It looks at what was named and at the kernel's
  // keyring, nowhere else. A named key that is unfit is an error (Fault::key_store).
  Result<const Secret*> find();

  // find_or_open also derives it from the store's key, where a run would get that without asking; it leaves nothing
  // behind. Fault::key_store when the store stays locked.
  Result<const Secret*> find_or_open();

  // find_or_make also unlocks the store, and makes a key where there is none: in the desktop's secret store, which then
  // is the store, or in the kernel's keyring. Fault::key_store when there is nowhere to keep it.
  Result<const Secret*> find_or_make();

  // kept_by_keyring: what was found or made is in the kernel's keyring alone.
  [[nodiscard]] bool kept_by_keyring() const { return kept_by_keyring_; }

  // refused is why the passphrase that was given did not open the store, once that was tried.
  [[nodiscard]] const std::optional<Error>& refused() const { return refused_; }

 private:
  std::optional<Secret> unlocked();

  keys::Store& store_;
  std::optional<Secret> key_;
  bool kept_by_keyring_ = false;
  std::optional<Error> refused_;
};

}  // namespace touchsts::cache
