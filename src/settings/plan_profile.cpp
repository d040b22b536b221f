#include "settings/plan_profile.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/number.h"
#include "settings/command_line.h"
#include "settings/network.h"
#include "settings/profile_chain.h"

namespace touchsts::settings {
namespace {

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
  auto chain = TRY(find_chain(around, request.profile, request.named, request.flags));
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
