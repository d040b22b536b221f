#include "cli/config_commands.h"

#include <set>
#include <variant>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/entry_store.h"
#include "cli/exit_codes.h"
#include "cli/key_store.h"
#include "codec/json.h"
#include "codec/timestamp.h"
#include "codec/url.h"
#include "settings/lint.h"
#include "settings/source_order.h"

namespace touchsts::cli {
namespace {

using codec::Json;

constexpr std::string_view kHidden = "(hidden)";  // stands for every secret value

Json to_json(const aws::Value& value) {
  if (!value.secret.empty()) {
    return kHidden;
  }
  if (value.sub.empty()) {
    return codec::without_passwords(value.text);
  }
  Json sub = Json::object();
  for (const auto& [key, text] : value.sub) {
    sub[key] = codec::without_passwords(text);
  }
  return sub;
}

Json to_json(const aws::Profile& profile) {
  Json json = Json::object();
  for (const auto& [key, value] : profile.values) {
    json[key] = to_json(value);
  }
  return json;
}

Json to_json(const aws::Profiles& all, aws::Profiles::Kind kind, const std::string& only) {
  Json json = Json::object();
  for (const auto& name : all.names(kind)) {
    if (only.empty() || only == name) {
      json[name] = to_json(*all.find(name, kind));
    }
  }
  return json;
}

// AWS's files as merged, with the keys of our own file over them.
Json merged_profiles(const settings::Surroundings& around, const std::string& only) {
  Json json = to_json(around.profiles, aws::Profiles::Kind::profile, only);
  for (const auto& [name, profile] : around.own.profiles) {
    if (only.empty() || only == name) {
      for (const auto& [key, value] : profile.values) {
        json[name][key] = to_json(value);
      }
    }
  }
  return json;
}

void append_text(std::string& text, const Json& sections, std::string_view kind) {
  for (const auto& [name, section] : sections.items()) {
    text += formatted("[{}{}]\n", kind, Untrusted{name});
    for (const auto& [key, value] : section.items()) {
      if (!value.is_object()) {
        text += formatted("{} = {}\n", Untrusted{key}, Untrusted{value.get_ref<const std::string&>()});
        continue;
      }
      text += formatted("{} =\n", Untrusted{key});
      for (const auto& [sub, item] : value.items()) {
        text += formatted("  {} = {}\n", Untrusted{sub}, Untrusted{item.get_ref<const std::string&>()});
      }
    }
    text += "\n";
  }
}

struct StepText {
  io::Files& files;

  Json operator()(const issue::LongTermKeys& step) const {
    return {{"step", step.temporary ? "temporary keys" : "long-term keys"},
            {"access_key_id", step.access_key_id},
            {"from", step.profile.empty() ? "environment" : "profile " + step.profile}};
  }
  Json operator()(const issue::SessionToken& step) const {
    Json json{{"step", "GetSessionToken"}};
    add_mfa(json, step.mfa);
    json["duration_seconds"] = step.duration.value_or(aws::kUsualSession).count();
    return json;
  }
  Json operator()(const issue::AssumeRole& step) const {
    const auto& role = step.request;
    Json json{{"step", "AssumeRole"}, {"role_arn", role.role_arn}};
    add_mfa(json, step.mfa);
    json["duration_seconds"] = role.duration.value_or(aws::kUsualRole).count();
    for (const auto& [key, text] : {std::pair("role_session_name", &role.session_name),
                                    std::pair("external_id", &role.external_id),
                                    std::pair("source_identity", &role.source_identity),
                                    std::pair("policy", &role.policy)}) {
      if (!text->empty()) {
        json[key] = *text;
      }
    }
    if (!role.policy_arns.empty()) {
      json["policy_arns"] = role.policy_arns;
    }
    for (const auto& tag : role.tags) {
      json["tags"][tag.key] = tag.value;
    }
    if (!role.transitive_tag_keys.empty()) {
      json["transitive_tag_keys"] = role.transitive_tag_keys;
    }
    for (const auto& context : role.contexts) {
      json["provided_contexts"][context.provider_arn] = context.assertion;
    }
    return json;
  }

  Json operator()(const issue::SamlRole& step) const {
    using enum issue::SamlRole::Provider;
    Json json{{"step", "AssumeRoleWithSAML"},
              {"saml_endpoint", codec::without_passwords(step.endpoint)},
              {"saml_provider",
               step.provider == okta      ? "okta"
               : step.provider == browser ? "browser"
                                          : "form"},
              {"role_arn", step.role_arn.empty() ? "asked" : step.role_arn}};
    if (step.provider == browser) {
      json["saml_browser"] =
          step.browser.empty() ? "the one that is installed" : codec::without_passwords(step.browser);
    } else {
      json["saml_username"] = step.username;
      json["code_from"] = code_from(step.code);
      for (const auto& origin : step.origins) {
        json["saml_origins"].push_back(codec::to_text(origin));
      }
    }
    if (step.duration) {
      json["duration_seconds"] = step.duration->count();
    }
    if (step.ca_bundle) {
      json["saml_ca_bundle"] = files.full_path(step.ca_bundle->file) + " by " + step.ca_bundle->from;
    }
    if (!step.policy.empty()) {
      json["policy"] = step.policy;
    }
    if (!step.policy_arns.empty()) {
      json["policy_arns"] = step.policy_arns;
    }
    return json;
  }

  static std::string code_from(const issue::Mfa& mfa) {
    if (!mfa.process.empty()) {
      return "mfa_process " + codec::without_passwords(mfa.process);
    }
    const std::string key = mfa.yubikey_serial ? formatted("YubiKey {}", *mfa.yubikey_serial) : "a YubiKey";
    return mfa.oath_account.empty() ? key + " with its account, else the terminal"
                                    : key + " with the account " + mfa.oath_account;
  }

  static void add_mfa(Json& json, const std::optional<issue::Mfa>& mfa) {
    if (mfa) {
      json["mfa_serial"] = mfa->serial;
      json["code_from"] = code_from(*mfa);
    }
  }
};

// What SDKs take from the profile, where that is not what we do; "" else.
std::string taken_by_sdks(const settings::Surroundings& around, const std::string& name) {
  const aws::Profile* const profile = around.profiles.find(name);
  const auto* const first = profile != nullptr ? settings::first_source(*profile, around.paths.credentials) : nullptr;
  return first == nullptr || first->ours ? "" : formatted("{} ({})", first->what, first->key);
}

Json plan_json(const settings::Prepared& prepared, cache::EntryStore& store, bool readable, io::World& world) {
  const auto& plan = prepared.plan;
  Json json{{"profile", prepared.profile},
            {"endpoint", codec::to_text(plan.endpoint.origin)},
            {"endpoint_from", plan.endpoint.from},
            {"signing_region", plan.endpoint.signing_region}};
  json["proxy"] = prepared.network.proxy_url.empty() ? "none" : "by " + prepared.network.proxy_from;
  json["ca_bundle"] = prepared.network.ca_bundle.empty() ? "the system's, else built in"
                                                         : world.files.full_path(prepared.network.ca_bundle) + " by " +
                                                               prepared.network.ca_bundle_from;
  json["attempts"] = prepared.attempts;
  if (prepared.network.unusable) {
    json["unusable"] = in_one_line(*prepared.network.unusable);
  }
  json["steps"] = Json::array();
  for (std::size_t count = 1; count <= plan.steps.size(); ++count) {
    Json step = std::visit(StepText{world.files}, plan.steps[count - 1]);
    if (!std::holds_alternative<issue::LongTermKeys>(plan.steps[count - 1])) {
      const auto held = readable ? store.find(plan, count, world.clock.now()) : std::nullopt;
      step["cache"] = !readable               ? "cannot be read: the cache key is unusable"
                      : held && held->expires ? "held until " + codec::to_rfc3339(*held->expires)
                                              : "not held";
    }
    json["steps"].push_back(std::move(step));
  }
  return json;
}

std::string plan_text(const Json& json) {
  std::string text;
  const auto line = [&text](std::string_view indent, std::string_view key, const Json& value) {
    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    text += formatted("{}{}: {}\n", indent, Untrusted{key}, Untrusted{shown});
  };
  for (const auto& [key, value] : json.items()) {
    if (key != "steps") {
      line("", key, value);
    }
  }
  int number = 0;
  for (const auto& step : json["steps"]) {
    text += formatted("{}. {}\n", ++number, step["step"].get<std::string>());
    for (const auto& [key, value] : step.items()) {
      if (key != "step") {
        line("   ", key, value);
      }
    }
  }
  return text;
}

}  // namespace

Result<int> config_show(const settings::Surroundings& around,
                        const std::string& only,
                        TextFormat format,
                        io::World& world) {
  Json all{{"profiles", merged_profiles(around, only)},
           {"sso_sessions", to_json(around.profiles, aws::Profiles::Kind::sso_session, "")},
           {"services", to_json(around.profiles, aws::Profiles::Kind::services, "")}};
  if (!only.empty() && all["profiles"].empty()) {
    return hinted(fail(Fault::configuration, "there is no profile '{}'", Untrusted{only}),
                  "touchsts config show lists them");
  }
  std::string text;
  if (format == TextFormat::json) {
    text = codec::to_text(all) + "\n";
  } else {
    append_text(text, all["profiles"], "profile ");
    if (only.empty()) {
      append_text(text, all["sso_sessions"], "sso-session ");
      append_text(text, all["services"], "services ");
    }
  }
  TRY(world.output.result(text));
  return 0;
}

Result<int> config_check(const settings::Surroundings& around,
                         const std::string& only,
                         TextFormat format,
                         io::World& world) {
  const auto findings = settings::lint(around, only);
  Json json = Json::array();
  std::string text;
  bool errors = false;
  for (const auto& finding : findings) {
    const bool error = finding.weight == settings::Finding::Weight::error;
    errors = errors || error;
    const std::string_view weight = error ? "error" : "warning";
    json.push_back({{"weight", weight}, {"where", finding.where}, {"text", finding.text}, {"hint", finding.hint}});
    text += formatted("{}: {}: {}{}{}\n",
                      weight,
                      Untrusted{finding.where},
                      Untrusted{finding.text},
                      finding.hint.empty() ? "" : "; ",
                      Untrusted{finding.hint});
  }
  if (findings.empty()) {
    text = "nothing to complain about\n";
  }
  TRY(world.output.result(format == TextFormat::json ? codec::to_text(json) + "\n" : text));
  return errors ? exit_code(Fault::configuration) : 0;
}

Result<int> config_explain(const Invocation& invocation,
                           const settings::Surroundings& around,
                           TextFormat format,
                           io::World& world) {
  const auto prepared = TRY(settings::prepare(around, invocation.request));
  keys::Store keys = TRY(open_key_store(invocation.keys, around, world));
  cache::SessionKey key(keys);
  cache::EntryStore store = open_entry_store(around, key, world);
  const auto found = key.find();
  // What a run would find; a store that stays locked is not asked for.
  const bool of_store = found && *found == nullptr && key.find_or_open().value_or(nullptr) != nullptr;
  Json json = plan_json(prepared, store, found.has_value(), world);
  if (const std::string other = taken_by_sdks(around, prepared.profile); !other.empty()) {
    json["sdks_take"] = other;
  }
  json["cache_folder"] = around.paths.cache_home.empty() ? "none: there is no home folder of yours"
                                                         : around.paths.cache_home + "/touchsts";
  const auto& sources = keys.sources();
  json["cache_key"] = sources.key ? "of --key-fd"
                      : of_store  ? std::string("of the key store")
                      : sources.key_file.empty()
                          ? "kernel keyring, " + world.keyring.scope_name(sources.scope)
                          : world.files.full_path(sources.key_file) + " by " + sources.key_file_from;
  if (!found) {
    json["cache_key_unusable"] = in_one_line(found.error());
  }
  TRY(world.output.result(format == TextFormat::json ? codec::to_text(json) + "\n" : plan_text(json)));
  return 0;
}

}  // namespace touchsts::cli
