#include "settings/profile_chain.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/format.h"
#include "settings/lint_files.h"
#include "settings/own_process.h"
#include "settings/saml_profile.h"
#include "settings/unread_lines.h"

namespace touchsts::settings {
namespace {

struct Unsupported {
  std::string_view key;
  std::string_view what;
};

constexpr Unsupported kUnsupported[] = {
    {"web_identity_token_file", "web identity tokens"},
    {"sso_session", "IAM Identity Center (SSO)"},
    {"sso_start_url", "IAM Identity Center (SSO)"},
    {"sso_account_id", "IAM Identity Center (SSO)"},
    {"login_session", "console log-in sessions"},
    {"credential_process", "another program's credential_process"},
};

bool has_saml(const ProfileView& profile) { return profile.has("saml_endpoint"); }

bool has_static_keys(const ProfileView& profile) {
  return profile.has("aws_access_key_id") || !profile.stored_key().empty();
}

Result<issue::LongTermKeys> static_keys(const ProfileView& profile) {
  if (!profile.has("aws_access_key_id")) {
    return issue::LongTermKeys{
        .access_key_id = std::string(profile.stored_key()), .profile = profile.name(), .stored = true};
  }
  const aws::Value* const secret = profile.find("aws_secret_access_key");
  if (secret == nullptr || secret->secret.empty()) {
    return fail(Fault::configuration,
                "profile {} has aws_access_key_id but no aws_secret_access_key",
                Untrusted{profile.name()});
  }
  const auto is_set = [&profile](std::string_view key) {
    const aws::Value* const value = profile.find(key);
    return value != nullptr && !value->secret.empty();
  };
  return issue::LongTermKeys{.access_key_id = std::string(profile.text("aws_access_key_id")),
                             .profile = profile.name(),
                             .temporary = is_set("aws_session_token") || is_set("aws_security_token")};
}

bool is_root(const ProfileView& profile) { return has_static_keys(profile) || has_saml(profile); }

Result<> set_root(const Surroundings& around, const ProfileView& profile, Chain& chain) {
  chain.root_profile = profile.name();
  if (has_saml(profile)) {
    chain.root = TRY(in_profile(profile, saml_role(around, profile)));
    chain.temporary = true;
    return {};
  }
  auto keys = TRY(static_keys(profile));
  chain.temporary = keys.temporary;
  chain.root = std::move(keys);
  return {};
}

Result<issue::LongTermKeys> environment_keys(const Surroundings& around) {
  const auto& environment = *around.environment;
  if (environment.get("AWS_SECRET_ACCESS_KEY").empty()) {
    return fail(Fault::configuration, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
  }
  return issue::LongTermKeys{
      .access_key_id = std::string(environment.get("AWS_ACCESS_KEY_ID")),
      .profile = {},
      .temporary = !environment.get("AWS_SESSION_TOKEN").empty() || !environment.get("AWS_SECURITY_TOKEN").empty()};
}

Error no_such_profile(const Surroundings& around, std::string_view name, std::string_view wanted_by) {
  std::string by = wanted_by.empty() ? "" : formatted(" (source_profile of {})", Untrusted{wanted_by});
  if (const auto skipped = skipped_section(around, name)) {
    return {Fault::configuration,
            formatted("there is no profile '{}'{}: {}: {}",
                      Untrusted{name},
                      by,
                      Untrusted{skipped->where},
                      Untrusted{skipped->text}),
            skipped->hint};
  }
  return {Fault::configuration,
          formatted("there is no profile '{}'{}", Untrusted{name}, by),
          formatted("profiles are in {} and {}; list them: touchsts config show",
                    Untrusted{around.paths.config},
                    Untrusted{around.paths.credentials})};
}

// What a profile without role and keys lacks.
Error no_credentials(const ProfileView& profile) {
  for (const auto& [key, what] : kUnsupported) {
    if (profile.has(key)) {
      return {Fault::configuration,
              formatted("profile {}: touchsts does not take {} as a source ({})", Untrusted{profile.name()}, what, key),
              "give it role_arn and source_profile, or aws_access_key_id and aws_secret_access_key"};
    }
  }
  if (profile.has("saml_provider") || profile.has("saml_username")) {
    return {Fault::configuration,
            formatted("profile {} has no saml_endpoint", Untrusted{profile.name()}),
            "give it the URL where the log-in for AWS begins"};
  }
  return {Fault::configuration,
          formatted("profile {} has neither role_arn nor access keys", Untrusted{profile.name()}),
          "give it role_arn and source_profile, or aws_access_key_id and aws_secret_access_key"};
}

Result<> check_role_profile(const ProfileView& profile) {
  const bool source = profile.has("source_profile");
  if (source && profile.has("credential_source")) {
    return fail(
        Fault::configuration, "profile {} has both source_profile and credential_source", Untrusted{profile.name()});
  }
  if (source || has_saml(profile)) {
    return {};
  }
  for (const std::string_view key : {"credential_source", "web_identity_token_file"}) {
    if (profile.has(key)) {
      return hinted(
          fail(Fault::configuration, "profile {}: touchsts does not take roles by {}", Untrusted{profile.name()}, key),
          "give it a source_profile with access keys");
    }
  }
  return hinted(fail(Fault::configuration, "profile {} has role_arn but no source_profile", Untrusted{profile.name()}),
                "name the profile whose keys may assume the role: source_profile = NAME");
}

// The profile that stands for `profile`, where that has nothing but a credential_process that calls us.
Result<std::optional<std::string>> followed(const Surroundings& around, const ProfileView& profile) {
  const bool own_source = profile.has("role_arn") || is_root(profile);
  return own_source ? Result<std::optional<std::string>>(std::nullopt) : asked_profile(around, profile);
}

Error loop(const std::vector<std::string>& seen, const std::string& again) {
  std::string path;
  for (const auto& name : seen) {
    path += printable(name) + " -> ";
  }
  return {Fault::configuration,
          formatted("the source profiles form a loop: {}{}", path, Untrusted{again}),
          "one of them must have access keys of its own and be the source of no other"};
}

// Follows source_profile from `top` down to the keys.
Result<Chain> follow(const Surroundings& around, ProfileView top) {
  Chain chain;
  std::vector<std::string> seen;
  ProfileView at = std::move(top);
  std::string wanted_by;
  while (true) {
    if (!at.exists()) {
      return std::unexpected(no_such_profile(around, at.name(), wanted_by));
    }
    TRY(check_names(around, at.name()));
    if (const auto next = TRY(followed(around, at))) {
      if (std::ranges::contains(seen, *next) || *next == at.name()) {
        seen.push_back(at.name());
        return std::unexpected(loop(seen, *next));
      }
      seen.push_back(at.name());
      wanted_by = at.name();
      at = ProfileView(around, *next, nullptr);
      continue;
    }
    if (!at.has("role_arn") || (!wanted_by.empty() && is_root(at))) {
      break;
    }
    TRY(check_role_profile(at));
    if (seen.size() == kDeepestChain) {
      return fail(
          Fault::configuration, "profile {}: more than {} roles in a chain", Untrusted{seen.front()}, kDeepestChain);
    }
    seen.push_back(at.name());
    wanted_by = at.name();
    // A profile with a log-in of its own needs no other.
    ProfileView source(around, at.has("source_profile") ? std::string(at.text("source_profile")) : at.name(), nullptr);
    const bool itself = source.name() == at.name();
    if (!itself && std::ranges::contains(seen, source.name())) {
      return std::unexpected(loop(seen, source.name()));
    }
    chain.roles.insert(chain.roles.begin(), std::move(at));
    at = std::move(source);
    if (itself && !is_root(at)) {
      return fail(Fault::configuration,
                  "profile {} names itself as source_profile but has no access keys",
                  Untrusted{at.name()});
    }
  }
  if (!is_root(at)) {
    return std::unexpected(no_credentials(at));
  }
  TRY(set_root(around, at, chain));
  return chain;
}

}  // namespace

Result<Chain> find_chain(const Surroundings& around,
                         const std::string& profile,
                         bool named,
                         const aws::Profile& flags) {
  const bool flag_role = flags.has("role_arn");
  const bool from_environment = !named && !around.environment->get("AWS_ACCESS_KEY_ID").empty();
  Chain chain;
  const ProfileView flagged(around, profile, flag_role ? nullptr : &flags);
  if (flags.has("saml_endpoint")) {
    TRY(set_root(around, ProfileView(around, profile, &flags), chain));
  } else if (from_environment) {
    auto keys = TRY(environment_keys(around));
    chain.temporary = keys.temporary;
    chain.root = std::move(keys);
  } else {
    chain = TRY(follow(around, flagged));
  }
  if (flag_role) {
    if (chain.roles.size() == kDeepestChain) {
      return fail(Fault::configuration, "more than {} roles in a chain", kDeepestChain);
    }
    chain.roles.emplace_back(around, "", &flags);
  }
  return chain;
}

}  // namespace touchsts::settings
