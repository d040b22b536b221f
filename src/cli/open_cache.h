// Where this run's cache and its key are, from flags, environment and configuration.
#pragma once

#include "base/result.h"
#include "cache/master_key.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// key_sources: --key-file, then TOUCHSTS_KEY_FILE, then [cache] key_file, then $CREDENTIALS_DIRECTORY/touchsts.key
// (systemd), then the kernel's keyring in the scope that TOUCHSTS_KEYRING or [cache] keyring_scope says.
Result<cache::KeySources> key_sources(const std::string& flag, const settings::Surroundings& around, io::World& world);

}  // namespace touchsts::cli
