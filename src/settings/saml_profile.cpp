#include "settings/saml_profile.h"

#include <string>

#include "aws/arn.h"
#include "aws/sts.h"
#include "base/untrusted.h"
#include "codec/location.h"
#include "codec/url.h"
#include "settings/network.h"
#include "settings/plan_profile.h"

namespace touchsts::settings {
namespace {

Result<issue::SamlRole::Provider> provider_of(std::string_view text) {
  using enum issue::SamlRole::Provider;
  if (text == "okta") {
    return okta;
  }
  if (text == "browser") {
    return browser;
  }
  if (text.empty() || text == "adfs" || text == "form") {
    return forms;
  }
  return hinted(fail(Fault::configuration, "saml_provider '{}' is not known", Untrusted{text}),
                "it is okta, adfs, form or browser");
}

Result<> check(const issue::SamlRole& step, const codec::Location& at) {
  if (at.origin.scheme != "https") {
    return fail(Fault::configuration, "saml_endpoint {} is not https", Untrusted{step.endpoint});
  }
  if (step.username.empty() && step.provider != issue::SamlRole::Provider::browser) {
    return hinted(fail(Fault::configuration, "saml_username is missing"), "give it the name that you log in with");
  }
  const auto arn = aws::parse_arn(step.role_arn);
  if (step.role_arn.starts_with("arn:") && !(arn && arn->service == "iam" && arn->resource.starts_with("role/"))) {
    return fail(Fault::configuration, "saml_role_arn '{}' is not the ARN of a role", Untrusted{step.role_arn});
  }
  aws::RoleRequest limits;  // those that AssumeRole has as well
  limits.role_arn = "arn:aws:iam::000000000000:role/any";
  limits.session_name = "any";
  limits.policy = step.policy;
  limits.policy_arns = step.policy_arns;
  limits.duration = step.duration;
  return aws::check_role_request(limits);
}

// One of saml_origins. AWS's file may have the list as config.toml has it, with brackets and quotes.
Result<codec::Origin> origin_of(std::string_view text) {
  constexpr std::string_view kAround = "[]\"' \t";
  const auto first = text.find_first_not_of(kAround);
  const auto last = text.find_last_not_of(kAround);
  const std::string_view bare = first == std::string_view::npos ? "" : text.substr(first, last - first + 1);
  const auto url = codec::parse_url(bare, codec::UserPart::refused);
  if (!url) {
    return hinted(
        fail(
            Fault::configuration, "saml_origins: '{}': {}", Untrusted{codec::beginning_of_url(bare)}, url.error().text),
        "an origin is https://HOST or https://HOST:PORT; write non-ASCII hosts as xn--...");
  }
  if (url->origin.scheme != "https") {
    return fail(Fault::configuration, "saml_origins: {} is not https", Untrusted{bare});
  }
  return url->origin;
}

Result<codec::Location> destination_of(std::string_view text) {
  auto at = codec::parse_location(text);
  if (!at) {
    return fail(Fault::configuration, "saml_destination: {}", at.error().text);
  }
  if (at->origin.scheme != "https") {
    return fail(Fault::configuration, "saml_destination {} is not https", Untrusted{text});
  }
  return at;
}

Result<issue::Mfa> code_of(const Surroundings& around, const ProfileView& profile, const issue::SamlRole& step) {
  issue::Mfa code;
  code.serial = step.username;
  code.any_code = true;
  code.process = TRY(command_of(around, profile, "mfa_process"));
  code.touch_command = TRY(command_of(around, profile, "touch_command"));
  code.pinentry = TRY(command_of(around, profile, "pinentry"));
  code.oath_account = profile.text("oath_account");
  code.pcsc_reader = profile.text("pcsc_reader");
  code.yubikey_serial = TRY(parse_yubikey_serial(profile.text("yubikey_serial")));
  return code;
}

}  // namespace

Result<issue::SamlRole> saml_role(const Surroundings& around, const ProfileView& profile) {
  issue::SamlRole step{.provider = TRY(provider_of(profile.text("saml_provider"))),
                       .endpoint = std::string(profile.text("saml_endpoint")),
                       .origins = {},
                       .username = std::string(profile.text("saml_username")),
                       .role_arn = std::string(profile.text("saml_role_arn")),
                       .policy = profile.has("role_arn") ? "" : std::string(profile.text("policy")),
                       .policy_arns = {},
                       .duration = {},
                       .code = {},
                       .user_field = std::string(profile.text("saml_user_field")),
                       .password_field = std::string(profile.text("saml_password_field")),
                       .code_field = std::string(profile.text("saml_code_field")),
                       .destination = {},
                       .browser = TRY(command_of(around, profile, "saml_browser")),
                       .ca_bundle = choose_saml_bundle(around, profile)};
  if (!profile.has("role_arn")) {  // else these are of the role that comes after
    step.policy_arns = words(profile.text("policy_arns"));
    step.duration = TRY(parse_seconds("duration_seconds", profile.text("duration_seconds")));
  }
  const auto at = codec::parse_location(step.endpoint);
  if (!at) {
    return fail(Fault::configuration, "saml_endpoint: {}", at.error().text);
  }
  TRY(check(step, *at));
  step.origins.push_back(at->origin);
  for (const auto& origin : words(profile.text("saml_origins"))) {
    step.origins.push_back(TRY(origin_of(origin)));
  }
  step.code = TRY(code_of(around, profile, step));
  if (profile.has("saml_destination")) {
    step.destination = TRY(destination_of(profile.text("saml_destination")));
  }
  return step;
}

}  // namespace touchsts::settings
