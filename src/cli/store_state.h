// What a run would find of the key store now, without asking a person.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "keys/store.h"

namespace touchsts::cli {

struct ProtectorState {
  keys::Holder holder;
  std::string name;
  bool open;        // it gives the key now
  std::string why;  // why it does not
};

struct StoreState {
  std::optional<std::string> named;        // the key that was named, which comes alone, and by what
  std::vector<ProtectorState> protectors;  // none: there is no key store
  bool in_keyring = false;                 // the kernel's keyring has its key
  bool offered = false;  // there is none, but the desktop's secret store answers, so that the first run may make one

  [[nodiscard]] bool opens() const { return std::ranges::any_of(protectors, &ProtectorState::open); }
  [[nodiscard]] bool unlocked() const { return named || in_keyring || opens(); }
};

// store_state tries each protector; what it tries leaves nothing behind. Fault::key_store when a named key is unfit, or
// the store's file is.
Result<StoreState> store_state(keys::Store& store);

// named_text says which key was named, and by what.
std::string named_text(const keys::Store& store);

// text_of says what holds the key.
std::string text_of(const keys::Slot& slot);

}  // namespace touchsts::cli
