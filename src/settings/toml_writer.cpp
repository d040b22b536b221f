#include "settings/toml_writer.h"

#include <algorithm>
#include <cstdint>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/number.h"
#include "settings/own_config.h"
#include "settings/surroundings.h"

namespace touchsts::settings {
namespace {

std::unexpected<Error> wrong(std::string_view key, std::string_view text, std::string_view what) {
  return fail(Fault::configuration, "{} '{}' is not {}", Untrusted{key}, Untrusted{text}, what);
}

Result<std::string> toml_value(std::string_view key, std::string_view text) {
  const auto type = profile_key_type(key);
  if (!type) {
    return fail(Fault::configuration, "config.toml cannot have the key '{}' here", Untrusted{key});
  }
  switch (*type) {
    case KeyType::number: {
      const auto number = codec::parse_number<std::int64_t>(codec::trimmed(text));
      return number ? Result<std::string>(std::to_string(*number)) : wrong(key, text, "a whole number");
    }
    case KeyType::flag: {
      const bool yes = codec::same_word(text, "true");
      return yes || codec::same_word(text, "false") ? Result<std::string>(yes ? "true" : "false")
                                                    : wrong(key, text, "true or false");
    }
    case KeyType::list: {
      std::string list;
      for (const auto& word : words(text)) {
        list += (list.empty() ? "" : ", ") + toml_string(word);
      }
      return "[" + list + "]";
    }
    case KeyType::table: {
      std::string table;
      for (const auto& [name, value] :
           TRY(pairs_of(key, {.text = std::string(text), .secret = {}, .sub = {}, .place = {}}))) {
        table += formatted("{}{} = {}", table.empty() ? "" : ", ", toml_string(name), toml_string(value));
      }
      return "{" + table + "}";
    }
    case KeyType::text:
    case KeyType::command:
      break;
  }
  return toml_string(text);
}

bool same(const aws::Profile& one, const aws::Profile& other) {
  return std::ranges::equal(one.values, other.values, [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.text == b.second.text && a.second.sub == b.second.sub;
  });
}

// Whether `after` is `before` with the profile `name` more, which has these keys and no others.
bool is_one_more(const OwnConfig& before, const OwnConfig& after, std::string_view name, const TomlProperties& keys) {
  const auto added = after.profiles.find(name);
  const bool others_stay = std::ranges::all_of(before.profiles, [&after](const auto& entry) {
    const auto found = after.profiles.find(entry.first);
    return found != after.profiles.end() && same(entry.second, found->second);
  });
  return others_stay && added != after.profiles.end() && after.profiles.size() == before.profiles.size() + 1 &&
         added->second.values.size() == keys.size() &&
         std::ranges::all_of(keys, [&added](const auto& key) { return added->second.has(key.first); }) &&
         same(before.defaults, after.defaults) && before.allowed_endpoints == after.allowed_endpoints &&
         before.key_file == after.key_file && before.keyring_scope == after.keyring_scope &&
         before.cache_enabled == after.cache_enabled && before.process_creds_cache == after.process_creds_cache;
}

}  // namespace

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += std::string{'\\', c};
    } else if (code < 0x20 || code == 0x7f) {
      out += formatted("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Result<std::string> toml_property(std::string_view key, std::string_view text) {
  const std::string value = TRY(toml_value(key, text));
  return formatted("{} = {}\n", key, value);
}

Result<std::string> toml_profile(std::string_view name, const TomlProperties& properties) {
  std::string text = formatted("[profile.{}]\n", toml_string(name));
  for (const auto& [key, value] : properties) {
    text += TRY(toml_property(key, value));
  }
  return text;
}

Result<std::string> with_profile(std::string_view text, std::string_view name, const TomlProperties& properties) {
  const std::string_view gap = text.empty() ? "" : text.ends_with('\n') ? "\n" : "\n\n";
  std::string after = formatted("{}{}{}", text, gap, TRY(toml_profile(name, properties)));
  const auto was = TRY(parse_own_config(text, ""));
  const auto is = TRY(parse_own_config(after, ""));
  if (!is_one_more(was, is, name, properties)) {
    return fail(Fault::configuration, "profile {} cannot be written as it is", Untrusted{name});
  }
  return after;
}

}  // namespace touchsts::settings
