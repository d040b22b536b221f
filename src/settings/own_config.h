// Our own configuration file, config.toml (touchsts-config(5)).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/profiles.h"
#include "base/result.h"
#include "codec/url.h"
#include "io/keyring.h"

namespace touchsts::settings {

struct OwnConfig {
  aws::Profile defaults;                                      // [defaults]
  std::map<std::string, aws::Profile, std::less<>> profiles;  // [profile.NAME]
  std::vector<codec::Origin> allowed_endpoints;
  std::string key_file;  // [cache] key_file
  io::KeyringScope keyring_scope = io::KeyringScope::automatic;
  bool cache_enabled = true;
  bool process_creds_cache = false;  // awsprocesscreds-saml also writes its own plain files
};

// KeyType is what the value of a key must be. A command is a text that is run (codec/shell_words).
enum class KeyType { text, command, number, flag, list, table };

// profile_key_type: of a key that [defaults] and [profile.NAME] may have; nothing for others.
std::optional<KeyType> profile_key_type(std::string_view key);

// parse_own_config reads TOML. Lists become comma-separated values, tables sub-properties. Unknown keys and values of
// the wrong type fail with Fault::configuration and their line; `file` names the file in Places.
Result<OwnConfig> parse_own_config(std::string_view text, std::string_view file);

// parse_keyring_scope reads "user", "persistent", "session", "off" or "auto".
Result<io::KeyringScope> parse_keyring_scope(std::string_view text);

}  // namespace touchsts::settings
