#include "settings/plan_profile.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/number.h"
#include "settings/command_line.h"
#include "settings/lint_files.h"
#include "settings/network.h"
#include "settings/own_process.h"
#include "settings/saml_profile.h"
#include "settings/unread_lines.h"

namespace touchsts::settings {
namespace {

// What flags alone make has no name.
template <class T>
Result<T> in_profile(const ProfileView& profile, Result<T> result) {
  return profile.name().empty() ? std::move(result) : within("profile " + printable(profile.name()), std::move(result));
}

// Chain is a profile taken apart: what it starts from (keys, or a log-in), and the profiles with roles, nearest to that
// first.
struct Chain {
  issue::Step root;
  std::string root_profile;  // "" when that is none
  bool temporary = false;    // the root gives temporary keys
  std::vector<ProfileView> roles;
};

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

Result<std::vector<aws::ProvidedContext>> contexts_of(const ProfileView& profile) {
  std::vector<aws::ProvidedContext> contexts;
  if (const aws::Value* const value = profile.find("provided_contexts")) {
    for (auto& [arn, assertion] : TRY(pairs_of("provided_contexts", *value))) {
      contexts.push_back({std::move(arn), std::move(assertion)});
    }
  }
  return contexts;
}

Result<issue::AssumeRole> role_step(const ProfileView& profile) {
  aws::RoleRequest request{.role_arn = std::string(profile.text("role_arn")),
                           .session_name = std::string(profile.text("role_session_name")),
                           .external_id = std::string(profile.text("external_id")),
                           .source_identity = std::string(profile.text("source_identity")),
                           .policy = std::string(profile.text("policy")),
                           .policy_arns = words(profile.text("policy_arns")),
                           .tags = {},
                           .transitive_tag_keys = words(profile.text("transitive_tag_keys")),
                           .contexts = TRY(contexts_of(profile)),
                           .duration = TRY(parse_seconds("duration_seconds", profile.text("duration_seconds")))};
  if (const aws::Value* const tags = profile.find("tags")) {
    for (auto& [key, value] : TRY(pairs_of("tags", *tags))) {
      request.tags.push_back({std::move(key), std::move(value)});
    }
  }
  TRY(aws::check_role_request(request));
  return issue::AssumeRole{std::move(request), std::nullopt};
}

}  // namespace

Result<> check_command(const Surroundings& around, std::string_view key, const aws::Value& value) {
  const std::string& file = value.place.file;
  if (value.place.line == kGivenByCaller) {
    return {};
  }
  const bool usual = (file == around.paths.config && around.paths.config_is_default) ||
                     (file == around.paths.own && around.paths.own_is_default);
  const auto distrust = usual ? around.files->distrust(file) : std::nullopt;
  if (usual && !distrust) {
    return check_program(key, value);
  }
  return hinted(
      fail(Fault::configuration,
           "{} in {} is not run{}",
           key,
           Untrusted{value.place.text()},
           distrust ? ": " + distrust->why : std::string()),
      distrust ? distrust->remedy : "commands count only in config.toml and ~/.aws/config in their usual places");
}

Result<std::string> command_of(const Surroundings& around, const ProfileView& profile, std::string_view key) {
  const aws::Value* const value = profile.find(key);
  if (value == nullptr || value->text.empty()) {
    return std::string();
  }
  TRY(check_command(around, key, *value));
  return with_home(key, value->text, around.facts->home);
}

namespace {

// The one MFA device of a chain. Only long-term keys can bring a code, so a device that any profile of the chain names
// is used at its root.
Result<std::optional<issue::Mfa>> mfa_of(const Surroundings& around,
                                         std::span<const ProfileView* const> profiles,
                                         bool at_aws,
                                         bool person_will_do) {
  std::optional<issue::Mfa> mfa;
  const ProfileView* named_by = nullptr;
  for (const ProfileView* const profile : profiles) {
    const std::string_view serial = profile->text("mfa_serial");
    if (serial.empty()) {
      continue;
    }
    if (mfa && mfa->serial != serial) {
      return fail(Fault::configuration,
                  "profiles {} and {} name different MFA devices; a chain has one",
                  Untrusted{named_by->name()},
                  Untrusted{profile->name()});
    }
    // Elsewhere the service knows best what its devices are called.
    TRY(in_profile(*profile, at_aws ? aws::check_mfa_serial(serial) : aws::check_name_form(serial)));
    auto command = TRY(command_of(around, *profile, "mfa_process"));
    if (!mfa || mfa->process.empty()) {
      mfa = issue::Mfa{.serial = std::string(serial),
                       .process = std::move(command),
                       .yubikey_serial = {},
                       .oath_account = {},
                       .touch_command = TRY(command_of(around, *profile, "touch_command")),
                       .pinentry = TRY(command_of(around, *profile, "pinentry")),
                       .pcsc_reader = {},
                       .person_will_do = person_will_do};
      mfa->oath_account = profile->text("oath_account");
      mfa->pcsc_reader = profile->text("pcsc_reader");
      mfa->yubikey_serial = TRY(parse_yubikey_serial(profile->text("yubikey_serial")));
    }
    named_by = profile;
  }
  return mfa;
}

Result<std::optional<Seconds>> session_duration(const ProfileView& profile) {
  const auto duration = TRY(parse_seconds("session_duration", profile.text("session_duration")));
  if (duration && (*duration < aws::kShortestDuration || *duration > aws::kLongestSession)) {
    return fail(Fault::configuration, "session_duration {} is not between 900 and 129600", duration->count());
  }
  return duration;
}

// What credentials must last at least. More than half of their life would have every run fetch them anew.
Result<std::optional<Seconds>> min_ttl(const ProfileView& profile, const issue::Plan& plan) {
  const auto wanted = TRY(parse_seconds("min_ttl", profile.text("min_ttl")));
  const Seconds most = issue::whole_life(plan.steps.back()) / 2;
  if (wanted && most > Seconds(0) && (*wanted < issue::kIntermediateLife || *wanted > most)) {
    return fail(Fault::configuration,
                "min_ttl {} is not between {} and {}, half of what the credentials last",
                wanted->count(),
                issue::kIntermediateLife.count(),
                most.count());
  }
  return wanted;
}

bool is_long(const issue::AssumeRole& role) {
  return role.request.duration.value_or(Seconds(0)) > aws::kLongestChainedRole;
}

// Long-term keys, perhaps an MFA session, then the roles. A role of more than an hour cannot be assumed with a session
// (STS counts that as chaining), so its code goes with AssumeRole itself.
Result<std::vector<issue::Step>> steps_of(Chain& chain,
                                          std::optional<issue::Mfa> mfa,
                                          std::optional<Seconds> session,
                                          bool code_with_role) {
  std::vector<issue::AssumeRole> roles;
  roles.reserve(chain.roles.size());
  for (const auto& profile : chain.roles) {
    roles.push_back(TRY(in_profile(profile, role_step(profile))));
  }
  const bool temporary = chain.temporary;
  if (mfa && temporary) {
    return hinted(
        fail(Fault::configuration,
             "an MFA code needs long-term keys, but {}",
             std::holds_alternative<issue::SamlRole>(chain.root) ? "the role comes after a log-in by SAML"
                                                                 : "the source keys come with a session token"),
        "remove mfa_serial, or use the user's own access key");
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (is_long(roles[i]) && (i > 0 || temporary)) {
      return hinted(fail(Fault::configuration,
                         "profile {}: duration_seconds {} is too long: a chained role lasts at most 3600 s",
                         Untrusted{chain.roles[i].name()},
                         roles[i].request.duration->count()),
                    "lower duration_seconds");
    }
  }
  std::vector<issue::Step> steps;
  steps.push_back(std::move(chain.root));
  if (mfa && !roles.empty() && (code_with_role || is_long(roles.front()))) {
    roles.front().mfa = std::move(mfa);
  } else if (mfa) {
    steps.emplace_back(issue::SessionToken{std::move(mfa), session});
  }
  for (auto& role : roles) {
    steps.emplace_back(std::move(role));
  }
  return steps;
}

Result<Chain> chain_for(const Surroundings& around, const ProfileRequest& request) {
  const bool flag_role = request.flags.has("role_arn");
  const bool from_environment = !request.named && !around.environment->get("AWS_ACCESS_KEY_ID").empty();
  Chain chain;
  const ProfileView flagged(around, request.profile, flag_role ? nullptr : &request.flags);
  if (request.flags.has("saml_endpoint")) {
    TRY(set_root(around, ProfileView(around, request.profile, &request.flags), chain));
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
    chain.roles.emplace_back(around, "", &request.flags);
  }
  return chain;
}

std::string_view partition_of(const Chain& chain) {
  const auto* const saml = std::get_if<issue::SamlRole>(&chain.root);
  if (chain.roles.empty() && saml == nullptr) {
    return {};
  }
  const std::string_view arn =
      chain.roles.empty() ? std::string_view(saml->role_arn) : chain.roles.back().text("role_arn");
  return arn.starts_with("arn:") ? arn.substr(4, arn.find(':', 4) - 4) : std::string_view();
}

}  // namespace

Result<std::optional<std::uint32_t>> parse_yubikey_serial(std::string_view text) {
  const auto serial = codec::parse_number<std::uint32_t>(text);
  if (!serial && !text.empty()) {
    return fail(Fault::configuration, "'{}' is not the number printed on a YubiKey", Untrusted{text});
  }
  return serial;
}

Result<Prepared> prepare(const Surroundings& around, const ProfileRequest& request) {
  auto chain = TRY(chain_for(around, request));
  const ProfileView top(around, request.profile, &request.flags);
  const ProfileView root(around, chain.root_profile, chain.roles.empty() ? &request.flags : nullptr);

  Prepared prepared;
  prepared.profile = request.profile;
  prepared.region = chosen_region(around, top);
  prepared.plan.endpoint = TRY(choose_sts_endpoint(around, top, request.endpoint_url, partition_of(chain)));
  prepared.plan.account_id = top.text("aws_account_id");
  prepared.network = choose_network(around, top, prepared.plan.endpoint.origin);
  if (const auto attempts = choose_attempts(around, top)) {
    prepared.attempts = *attempts;
  } else {
    prepared.network.unusable = attempts.error();
  }
  const auto mode = check_sts_mode(around, top);
  if (!mode && aws::kind_of(prepared.plan.endpoint) != aws::EndpointKind::custom) {
    prepared.network.unusable = mode.error();
  }

  // mfa_serial of a profile with keys is for that profile itself; roles do not inherit it (AWS CLI).
  std::vector<const ProfileView*> askers;
  askers.reserve(chain.roles.size() + 1);
  for (const auto& role : chain.roles) {
    askers.push_back(&role);
  }
  if (askers.empty() && !std::holds_alternative<issue::SamlRole>(chain.root)) {
    askers.push_back(&root);
  }
  auto mfa = TRY(mfa_of(around, askers, prepared.plan.endpoint.usual, request.person_will_do));
  const auto session = TRY(session_duration(top));
  prepared.plan.steps = TRY(steps_of(chain, std::move(mfa), session, request.code_with_role));
  prepared.plan.min_ttl = request.least_life ? request.least_life : TRY(min_ttl(top, prepared.plan));
  prepared.question = request.question;
  return prepared;
}

}  // namespace touchsts::settings
