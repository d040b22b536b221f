// Long-term keys that stand in no file of AWS's: some programs are given a secret key once and keep it.
#pragma once

#include "aws/profiles.h"
#include "base/result.h"
#include "cli/compat/front_end.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli::compat {

// bring_keys gives `profile` its keys: the given ones, those of our key store, or those of the desktop's secret store
// where the original would have put them. Fault::configuration, in the original's words, when there are none.
Result<> bring_keys(const KeptKeys& keys, const std::string& profile, settings::Surroundings& around, io::World& world);

// keep_keys puts given keys where the next run finds them: into our key store if it lasts, and into the original's
// place if that is asked for. What goes wrong is in the log: the credentials are out by now.
void keep_keys(const KeptKeys& keys, const settings::Surroundings& around, io::World& world);

// Where Python's keyring library finds a password, and how it keeps one (Fault::key_store when it cannot be kept).
io::SecretStore::Attributes keyring_attributes(const std::string& service, const std::string& user);
Result<> keep_in_keyring(io::World& world, const std::string& service, const std::string& user, const Secret& secret);

}  // namespace touchsts::cli::compat
