// Where the cache's master key lives: a key file, a systemd credential, or the kernel's keyring.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/files.h"
#include "io/keyring.h"
#include "io/random.h"

namespace touchsts::cache {

inline constexpr Seconds kMasterKeyLife{12 * 3600};  // in the kernel's keyring, from the moment it is made

// KeySources says where to look. An explicitly named source comes alone: when it cannot be used there is no cache.
struct KeySources {
  std::string key_file;       // a file of at least 32 random bytes, mode 0600 or 0400, ours; "" means none named
  std::string key_file_from;  // who named it, for messages
  io::KeyringScope scope = io::KeyringScope::automatic;
  std::string store_id;  // tells the stores of one user apart
};

// store_id_for derives the store's id from where its cache lives, so that no file has to hold it.
std::string store_id_for(const std::string& cache_folder);

// MasterKey looks a key up once and remembers what it found.
class MasterKey {
 public:
  MasterKey(const KeySources& sources, io::Files& files, io::Keyring& keyring, io::Random& random)
      : sources_(sources), files_(files), keyring_(keyring), random_(random) {}

  // find gives the 32-byte master key, or null when there is none (yet). A key file that is there but unfit is an
  // error (Fault::key_store): a cache the user asked for does not go away in silence.
  Result<const Secret*> find();

  // find_or_make also makes one, in the kernel's keyring. Fault::key_store when there is nowhere to keep it.
  Result<const Secret*> find_or_make();

 private:
  Result<Secret> from_key_file();

  const KeySources& sources_;
  io::Files& files_;
  io::Keyring& keyring_;
  io::Random& random_;
  std::optional<Secret> key_;
};

}  // namespace touchsts::cache
