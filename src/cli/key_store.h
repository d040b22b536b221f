// Where this run's keys are, from flags, environment and configuration; and the cached sessions that they open.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cache/entry_store.h"
#include "cache/session_key.h"
#include "io/world.h"
#include "keys/store.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// KeyOptions is what the command line says about keys.
struct KeyOptions {
  std::string key_file;
  std::optional<int> key_fd;
  std::optional<int> passphrase_fd;
};

// open_key_store: --key-file or --key-fd, then TOUCHSTS_KEY_FILE, then [cache] key_file, then
// $CREDENTIALS_DIRECTORY/touchsts.key (systemd), then the store in the data folder, with the kernel's keyring in the
// scope that TOUCHSTS_KEYRING or [cache] keyring_scope says. Descriptors are read here, once.
Result<keys::Store> open_key_store(const KeyOptions& options, const settings::Surroundings& around, io::World& world);

// open_entry_store: the cached sessions, which `key` opens. It refers to `key` and `world`.
cache::EntryStore open_entry_store(const settings::Surroundings& around, cache::SessionKey& key, io::World& world);

// take_store_turn is for commands that change the key store, before they look at what is in it: of two at once the
// second would undo what the first did, and a key that was moved there would be lost. Others wait until the deadline
// (Fault::key_store). Null where there can be no lock: without a folder the command itself says why nothing can be
// kept, and on a file system without locks there are no turns.
Result<std::unique_ptr<io::Lock>> take_store_turn(io::World& world, Deadline deadline);

// read_passphrase_fd reads a passphrase, whose last end of line does not count; read_password_fd the first line of what
// --saml-password-fd names. Nothing when no descriptor is given.
Result<std::optional<Secret>> read_passphrase_fd(std::optional<int> descriptor, io::World& world);
Result<std::optional<Secret>> read_password_fd(std::optional<int> descriptor, io::World& world);

}  // namespace touchsts::cli
