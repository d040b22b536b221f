// The profiles of a user, merged from AWS's shared files and our own configuration.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "codec/ini.h"

namespace touchsts::aws {

// Where a value stands, for messages: "config.toml", "~/.aws/config line 12".
struct Place {
  std::string file;
  int line = 0;

  [[nodiscard]] std::string text() const;
};

struct Value {
  std::string text;
  Secret secret;  // values of secret keys are here and nowhere else
  std::vector<std::pair<std::string, std::string>> sub;
  Place place;
};

// A Profile maps lower-case keys to values.
struct Profile {
  std::map<std::string, Value, std::less<>> values;

  // text is the value of `key`, or "" when it is absent or has only sub-properties.
  [[nodiscard]] std::string_view text(std::string_view key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
};

struct Profiles {
  using Map = std::map<std::string, Profile, std::less<>>;
  Map profiles;
  Map sso_sessions;
  Map services;

  [[nodiscard]] const Profile* find(std::string_view name) const;
};

// is_secret_key: keys whose values are kept in Secrets only.
bool is_secret_key(std::string_view key);

// add_config takes the sections of a config file: [default], [profile NAME], [sso-session NAME], [services NAME].
// [profile default] replaces [default] as a whole. Everything else in the file is skipped, as AWS's SDKs do.
void add_config(Profiles& all, std::vector<codec::IniSection> sections, std::string_view file);

// add_credentials takes the sections of a credentials file: [NAME]. Its values win over those that are there.
void add_credentials(Profiles& all, std::vector<codec::IniSection> sections, std::string_view file);

}  // namespace touchsts::aws
