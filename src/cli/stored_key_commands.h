// touchsts keys: long-term keys that leave ~/.aws/credentials for the key store.
#pragma once

#include "cli/native_options.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

Result<int> keys_import(const NativeOptions& options, const settings::Surroundings& around, io::World& world);
// keys_export prints a stored key as a section of a credentials file, after asking, or writes it into one
// (--to-section).
Result<int> keys_export(const NativeOptions& options, const settings::Surroundings& around, io::World& world);
// keys_password keeps the password of a profile's log-in (SAML), or keeps it no longer (--clear).
Result<int> keys_password(const NativeOptions& options, const settings::Surroundings& around, io::World& world);

Result<int> keys_list(const NativeOptions& options,
                      const settings::Surroundings& around,
                      TextFormat format,
                      io::World& world);
Result<int> keys_remove(const NativeOptions& options, const settings::Surroundings& around, io::World& world);

}  // namespace touchsts::cli
