// The master key of a user's store, and who holds it when the machine is off.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/keyring.h"
#include "io/log.h"
#include "io/random.h"
#include "io/secret_store.h"
#include "keys/slots.h"

namespace touchsts::keys {

inline constexpr Seconds kKeyringLife{12 * 3600};  // of a key in the kernel's keyring, from when it is put there

// Sources says where a master key may come from. A key that is named comes alone: when it cannot be used there is none.
struct Sources {
  std::string key_file;  // a file of at least 32 random bytes, mode 0600 or 0400, ours; "" means none named
  std::string key_file_from;
  std::optional<Secret> key;         // the content of a descriptor, in the place of a key file's
  std::optional<Secret> passphrase;  // given in advance, so that the person is not asked
  std::string passphrase_from;
  io::KeyringScope scope = io::KeyringScope::automatic;
  std::string store_id;   // tells the stores of one user apart
  std::string data_home;  // where the folder "touchsts" with the slots lives; "" when there is no home
};

// store_id_for derives a store's id from where its slots live, so that no file has to hold it.
std::string store_id_for(const std::string& data_home);

// Asker asks for the passphrase of a store.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual Deadline deadline() = 0;

  // passphrase is what was typed; `again` after one that was wrong. Fault::no_human when it cannot be asked for.
  virtual Result<Secret> passphrase(bool again) = 0;
};

class Store {
 public:
  struct Parts {
    io::Files& files;
    io::Keyring& keyring;
    io::SecretStore& secrets;
    io::Random& random;
    io::Clock& clock;
    io::Log& log;
  };

  Store(Sources sources, const Parts& parts) : sources_(std::move(sources)), parts_(parts) {}

  // named gives the key of the key file, credential or descriptor that is named; nothing when none is. A key file that
  // is unfit is an error (Fault::key_store): what the user asked for does not go away in silence.
  Result<std::optional<Secret>> named();

  // slots reads the file of slots; nothing when there is none.
  Result<std::optional<Slots>> slots();

  // open gives the master key: a named one, or from the kernel's keyring, the desktop's secret store, or by a
  // passphrase. `asker` may be null: then there is no prompt. Nothing when there is no store yet. Fault::key_store
  // when there is one that stays locked. What was unlocked stays in the kernel's keyring, `life` from now if that is
  // given.
  Result<std::optional<Secret>> open(Asker* asker, std::optional<Seconds> life = std::nullopt);

  // look gives what open without an asker does, and leaves nothing in the kernel's keyring.
  Result<std::optional<Secret>> look();

  // open_lasting gives the master key for secrets that cannot be replaced: a named one, or one that a holder of the
  // store has. The kernel's keyring is not enough, and a secret store must give it back now. Fault::key_store when
  // nothing that lasts holds it.
  Result<Secret> open_lasting(Asker* asker);

  // opens tells whether `holder` gives the master key now, without a prompt and without leaving it in the
  // kernel's keyring. False when it no longer has our key; the error names any other problem.
  Result<bool> opens(Holder holder);

  // add_secret_service and set_passphrase let the desktop's secret store, or a passphrase, unlock `master_key`; they
  // make a store where there is none. drop takes that back; the last holder stays.
  Result<> add_secret_service(const Secret& master_key, Asker* asker);
  Result<> set_passphrase(const Secret& master_key, const Secret& passphrase, const PasswordWork& work);
  Result<> drop(Holder holder, Asker* asker);

  // replace makes `fresh` the master key, with the same holders; one that is a passphrase needs it. After a crash one
  // of the two keys is whole.
  Result<> replace(const Secret& fresh, const Secret* passphrase, Asker* asker);

  // unwrap_with gives the master key if `passphrase` is the store's.
  Result<std::optional<Secret>> unwrap_with(const Secret& passphrase);

  Secret fresh_key();  // for a new store

  // advice is what a person should do so that a store can be made; nothing when no run came across that.
  [[nodiscard]] const std::optional<Error>& advice() const { return advice_; }

  // lock forgets what the kernel's keyring has of this store.
  void lock();

  // in_keyring: the kernel's keyring has the store's key.
  bool in_keyring();

  // session_key_name is what the key that seals sessions is called in the kernel's keyring (cache/session_key.h).
  [[nodiscard]] std::string session_key_name() const { return "touchsts:sk:" + sources_.store_id; }

  [[nodiscard]] const Sources& sources() const { return sources_; }
  [[nodiscard]] const Parts& parts() const { return parts_; }

 private:
  std::optional<Secret> kept_key(const std::optional<Slots>& known);
  Result<std::optional<Secret>> held_key(const std::optional<Slots>& known, Asker* asker);
  Result<Secret> key_from(std::span<const std::byte> bytes);
  Result<Secret> from_key_file();
  [[nodiscard]] std::string master_key_name() const { return "touchsts:mk:" + sources_.store_id; }
  [[nodiscard]] io::SecretStore::Attributes attributes(const KeyId& key_id) const;
  [[nodiscard]] io::SecretStore::Attributes known_by(const KeyId* key_id) const;
  Deadline patience(Asker* asker);
  Result<> worth_asking(Asker* asker);
  Result<std::optional<Secret>> from_secret_service(const KeyId* key_id, Asker* asker);
  Result<Secret> by_passphrase(Asker* asker);
  Result<Secret> unlock(const Slots& slots, Asker* asker);
  Result<> write(const Slots& slots);
  void remember(const Secret& master_key, Seconds life);

  Sources sources_;
  Parts parts_;
  std::optional<Error> advice_;
  std::optional<Error> service_trouble_;  // a desktop that did not answer is not waited for again
};

}  // namespace touchsts::keys
