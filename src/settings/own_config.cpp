#include "settings/own_config.h"

#include <algorithm>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.hpp>

#include "base/untrusted.h"
#include "settings/toml_guard.h"

namespace touchsts::settings {
namespace {

using Type = KeyType;

// No pointers in it: they would be relocated at every start.
struct Known {
  char text[32];
  Type type;
  bool in_defaults = true;  // keys that identify a user or a role belong to one profile

  [[nodiscard]] std::string_view key() const { return text; }
};

// The keys of [defaults] and [profile.NAME], in AWS's spelling where AWS has them.
constexpr Known kProfileKeys[] = {
    {"aws_access_key_id", Type::text, false},
    {"aws_account_id", Type::text, false},
    {"ca_bundle", Type::text},
    {"credential_source", Type::text, false},
    {"duration_seconds", Type::number},
    {"endpoint_url", Type::text},
    {"external_id", Type::text, false},
    {"ignore_configured_endpoint_urls", Type::flag},
    {"max_attempts", Type::number},
    {"mfa_process", Type::command},
    {"mfa_serial", Type::text},
    {"min_ttl", Type::number},
    {"oath_account", Type::text},
    {"pcsc_reader", Type::text},
    {"pinentry", Type::command},
    {"policy", Type::text, false},
    {"policy_arns", Type::list, false},
    {"provided_contexts", Type::table, false},
    {"region", Type::text},
    {"role_arn", Type::text, false},
    {"role_session_name", Type::text},
    {"saml_browser", Type::command},
    {"saml_ca_bundle", Type::text},
    {"saml_code_field", Type::text},
    {"saml_destination", Type::text},
    {"saml_endpoint", Type::text, false},
    {"saml_origins", Type::list},
    {"saml_password_field", Type::text},
    {"saml_provider", Type::text},
    {"saml_role_arn", Type::text, false},
    {"saml_user_field", Type::text},
    {"saml_username", Type::text},
    {"session_duration", Type::number},
    {"source_identity", Type::text},
    {"source_profile", Type::text, false},
    {"sts_regional_endpoints", Type::text},
    {"tags", Type::table},
    {"touch_command", Type::command},
    {"transitive_tag_keys", Type::list},
    {"use_dualstack_endpoint", Type::flag},
    {"use_fips_endpoint", Type::flag},
    {"yubikey_serial", Type::number},
};

std::unexpected<Error> wrong(const toml::node& node, std::string_view what) {
  return fail(Fault::configuration, "line {}: {}", node.source().begin.line, what);
}

std::string quoted(std::string_view key) { return "'" + printable(key) + "'"; }

Result<std::string> list_text(const toml::node& node, std::string_view key) {
  const toml::array* const array = node.as_array();
  std::string text;
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const auto* const item = (*array)[i].as_string();
    if (item == nullptr || item->get().contains(',')) {
      return wrong(node, quoted(key) + " must be a list of texts without commas");
    }
    text += (i == 0 ? "" : ",") + item->get();
  }
  if (array == nullptr) {
    return wrong(node, quoted(key) + " must be a list of texts");
  }
  return text;
}

Result<aws::Value> read_value(const Known& known, const toml::node& node, std::string_view file) {
  aws::Value value{
      .text = {}, .secret = {}, .sub = {}, .place = {std::string(file), static_cast<int>(node.source().begin.line)}};
  const std::string name = quoted(known.key());
  switch (known.type) {
    case Type::text:
    case Type::command:
      if (const auto* const text = node.as_string()) {
        value.text = text->get();
        return value;
      }
      return wrong(node, name + " must be a text in quotes");
    case Type::number:
      if (const auto* const number = node.as_integer()) {
        value.text = std::to_string(number->get());
        return value;
      }
      return wrong(node, name + " must be a whole number");
    case Type::flag:
      if (const auto* const flag = node.as_boolean()) {
        value.text = flag->get() ? "true" : "false";
        return value;
      }
      return wrong(node, name + " must be true or false");
    case Type::list:
      value.text = TRY(list_text(node, known.key()));
      return value;
    case Type::table:
      break;
  }
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    return wrong(node, name + " must be a table of texts");
  }
  for (const auto& [key, item] : *table) {
    const auto* const text = item.as_string();
    if (text == nullptr) {
      return wrong(item, name + " must be a table of texts");
    }
    value.sub.emplace_back(key.str(), text->get());
  }
  return value;
}

enum class Where { defaults, profile };

Result<aws::Profile> read_profile(const toml::node& node, std::string_view file, Where where) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    return wrong(node, "a profile must be a table");
  }
  aws::Profile profile;
  for (const auto& [key, item] : *table) {
    const auto known = std::ranges::find(kProfileKeys, key.str(), &Known::key);
    if (known == std::end(kProfileKeys)) {
      return wrong(item, "there is no key " + quoted(key.str()));
    }
    if (where == Where::defaults && !known->in_defaults) {
      return wrong(item, quoted(key.str()) + " belongs into a [profile.NAME]");
    }
    profile.values.insert_or_assign(std::string(key.str()), TRY(read_value(*known, item, file)));
  }
  return profile;
}

Result<> read_profiles(const toml::node& node, std::string_view file, OwnConfig& config) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    return wrong(node, "'profile' must be a table of tables: [profile.NAME]");
  }
  for (const auto& [name, profile] : *table) {
    config.profiles.insert_or_assign(std::string(name.str()), TRY(read_profile(profile, file, Where::profile)));
  }
  return {};
}

Result<> read_cache(const toml::node& node, OwnConfig& config) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    return wrong(node, "'cache' must be a table");
  }
  for (const auto& [key, item] : *table) {
    if (key == "key_file" && item.is_string()) {
      config.key_file = item.as_string()->get();
    } else if (key == "keyring_scope" && item.is_string()) {
      const auto scope = parse_keyring_scope(item.as_string()->get());
      if (!scope) {
        return wrong(item, scope.error().text);
      }
      config.keyring_scope = *scope;
    } else if (key == "enabled" && item.is_boolean()) {
      config.cache_enabled = item.as_boolean()->get();
    } else if (key == "process_creds_cache" && item.is_boolean()) {
      config.process_creds_cache = item.as_boolean()->get();
    } else {
      return wrong(item,
                   "in [cache] there are key_file = \"FILE\", keyring_scope = \"SCOPE\", enabled = true|false and "
                   "process_creds_cache = true|false, not " +
                       quoted(key.str()));
    }
  }
  return {};
}

Result<> read_allowed(const toml::node& node, OwnConfig& config) {
  const toml::array* const array = node.as_array();
  if (array == nullptr) {
    return wrong(node, "'allowed_endpoints' must be a list of URLs");
  }
  for (const auto& item : *array) {
    const auto* const text = item.as_string();
    auto url = text == nullptr ? fail(Fault::configuration, "not a text")
                               : codec::parse_url(text->get(), codec::UserPart::refused);
    if (!url) {
      return wrong(item, "allowed_endpoints: " + url.error().text);
    }
    config.allowed_endpoints.push_back(std::move(url->origin));
  }
  return {};
}

}  // namespace

std::optional<KeyType> profile_key_type(std::string_view key) {
  const auto known = std::ranges::find(kProfileKeys, key, &Known::key);
  return known == std::end(kProfileKeys) ? std::nullopt : std::optional(known->type);
}

Result<io::KeyringScope> parse_keyring_scope(std::string_view text) {
  using enum io::KeyringScope;
  constexpr std::pair<std::string_view, io::KeyringScope> kScopes[] = {
      {"auto", automatic}, {"persistent", persistent}, {"user", user}, {"session", session}, {"off", off}};
  for (const auto& [name, scope] : kScopes) {
    if (name == text) {
      return scope;
    }
  }
  return fail(
      Fault::configuration, "'{}' is no keyring scope: auto, persistent, user, session or off", Untrusted{text});
}

Result<OwnConfig> parse_own_config(std::string_view text, std::string_view file) {
  TRY(guard_toml(text));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return fail(Fault::configuration,
                "line {}: {}",
                parsed.error().source().begin.line,
                Untrusted{parsed.error().description()});
  }
  OwnConfig config;
  for (const auto& [key, node] : parsed.table()) {
    if (key == "defaults") {
      config.defaults = TRY(read_profile(node, file, Where::defaults));
    } else if (key == "profile") {
      TRY(read_profiles(node, file, config));
    } else if (key == "cache") {
      TRY(read_cache(node, config));
    } else if (key == "allowed_endpoints") {
      TRY(read_allowed(node, config));
    } else {
      return wrong(node, "there is no key " + quoted(key.str()));
    }
  }
  return config;
}

}  // namespace touchsts::settings
