#include "cache/session_key.h"

#include <string_view>
#include <utility>

#include "crypto/hash.h"

namespace touchsts::cache {

Secret session_key_of(const Secret& master_key) {
  constexpr std::string_view kInfo = "touchsts/1 sessions";
  return crypto::hkdf_sha256(master_key.reveal(), {}, std::as_bytes(std::span(kInfo)), keys::kMasterKeySize);
}

Result<const Secret*> SessionKey::find() {
  if (!key_) {
    if (const auto master = TRY(store_.named())) {
      key_ = session_key_of(*master);
    }
  }
  if (!key_) {
    key_ = store_.parts().keyring.find(store_.session_key_name(), store_.sources().scope);
    kept_by_keyring_ = key_.has_value();
  }
  if (key_ && key_->size() != keys::kMasterKeySize) {
    key_.reset();
  }
  return key_ ? &*key_ : nullptr;
}

Result<const Secret*> SessionKey::find_or_open() {
  if (const Secret* const found = TRY(find())) {
    return found;
  }
  if (const auto master = TRY(store_.look())) {
    key_ = session_key_of(*master);
  }
  return key_ ? &*key_ : nullptr;
}

// Of the store's key; of a store that is made when there is none and the desktop can keep it.
std::optional<Secret> SessionKey::unlocked() {
  auto& log = store_.parts().log;
  auto opened = store_.open(nullptr);
  if (!opened) {
    if (store_.sources().passphrase) {
      log.warn("{}", opened.error().text);
      refused_ = opened.error();
    } else {
      log.debug("{}", opened.error().text);
    }
    return std::nullopt;
  }
  if (*opened) {
    return session_key_of(**opened);
  }
  const Secret made = store_.fresh_key();
  if (const auto added = store_.add_secret_service(made, nullptr); !added) {
    log.debug("{}", added.error().text);
    return std::nullopt;
  }
  return session_key_of(made);
}

Result<const Secret*> SessionKey::find_or_make() {
  if (const Secret* const found = TRY(find())) {
    return found;
  }
  auto lasting = unlocked();
  const Secret made = lasting ? lasting->clone() : store_.fresh_key();
  const auto& [files, keyring, secrets, random, clock, log] = store_.parts();
  const auto kept = keyring.keep(store_.session_key_name(), made, keys::kKeyringLife, store_.sources().scope);
  if (kept) {
    // Two first runs may meet here; both go on with the key that the kernel kept.
    if (const Secret* const found = TRY(find())) {
      kept_by_keyring_ = !lasting;
      return found;
    }
  }
  if (!lasting) {
    return kept ? fail(Fault::key_store, "the kernel keyring does not give back what was put there")
                : Result<const Secret*>(std::unexpected(refused_.value_or(kept.error())));
  }
  key_ = *std::move(lasting);
  return &*key_;
}

}  // namespace touchsts::cache
