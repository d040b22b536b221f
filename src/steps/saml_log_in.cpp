#include "steps/saml_log_in.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "saml/log_in.h"
#include "settings/network.h"
#include "steps/person.h"
#include "steps/saml_browser.h"
#include "steps/saml_helper.h"
#include "steps/selector.h"

namespace touchsts::steps {
namespace {

constexpr Wanted kChoice{"Number", "a choice", ""};

// "123456789012  ops"
std::string label_of(const aws::SamlRole& role) {
  const auto arn = aws::parse_arn(role.role_arn);
  constexpr std::string_view kRole = "role/";
  return arn ? formatted("{}  {}", arn->account, arn->resource.substr(kRole.size())) : role.role_arn;
}

}  // namespace

Result<Secret> SamlLogIn::assertion() {
  const auto route = [this](const codec::Origin& origin) -> Result<io::Network> {
    const settings::ProfileView profile(parts_.around, parts_.codes.prepared.profile, nullptr);
    auto network = settings::choose_network(parts_.around, profile, origin);
    if (step_.ca_bundle) {
      settings::use_bundle(*step_.ca_bundle, network);
    }
    return network;
  };
  auto& world = parts_.world;
  const auto endpoint = TRY(codec::parse_location(step_.endpoint));
  if (step_.provider == issue::SamlRole::Provider::browser) {
    return log_in_by_browser(parts_, step_, endpoint);
  }
  saml::Web web({world.http, world.html, world.clock, world.log}, route, parts_.deadline, step_.origins);
  if (!world.html.jailed()) {
    world.log.warn("system calls cannot be filtered here: what reads the pages of {} has limits, and no other jail",
                   Untrusted{codec::to_text(endpoint.origin)});
  }
  SamlHelper helper(parts_, route, step_);
  const saml::LogInRequest request{
      .provider = step_.provider == issue::SamlRole::Provider::okta ? saml::Provider::okta : saml::Provider::forms,
      .endpoint = endpoint,
      .username = step_.username,
      .names = {.user = step_.user_field, .password = step_.password_field, .code = step_.code_field},
      .destination = step_.destination};
  auto response = saml::log_in(request, web, world.clock, helper);
  sent_ = std::move(web.sent());
  return response;
}

// The error may quote the assertion, which may repeat what was sent.
Result<aws::Assertion> SamlLogIn::read_assertion(const Secret& response) const {
  const Secret xml = aws::decode_assertion(response).value_or(Secret());
  return sent_.checked(aws::read_assertion(response), xml.reveal_text());
}

Result<aws::SamlRole> SamlLogIn::choose(const aws::Assertion& assertion) {
  if (step_.role_arn.starts_with("arn:")) {
    return aws::choose_role(assertion, step_.role_arn);
  }
  const auto roles = TRY(aws::matching_roles(assertion, step_.role_arn));
  if (roles.size() == 1) {
    return roles.front();
  }
  std::vector<std::string> labels;
  std::ranges::transform(roles, std::back_inserter(labels), label_of);
  auto& codes = parts_.codes;
  Person person(parts_.world, step_.code.pinentry, kChoice);
  auto chosen = codes.may_prompt ? select(parts_.world, person, "Role", labels, parts_.deadline)
                                 : fail(Fault::no_human, "--no-prompt forbids to ask");
  if (!chosen) {
    return hinted(
        fail(chosen.error().fault, "there are {} roles to choose from: {}", roles.size(), chosen.error().text),
        "name one with saml_role_arn, or --saml-role-arn");
  }
  return roles.at(*chosen);
}

Result<aws::Credentials> SamlLogIn::credentials() {
  if (!parts_.codes.may_use_device) {
    return fail(Fault::no_human, "a log-in of {} is needed", Untrusted{step_.username});
  }
  const Secret response = TRY(assertion());
  const auto read = TRY(read_assertion(response));
  aws::SamlRoleRequest request{.role = TRY(choose(read)),
                               .policy = step_.policy,
                               .policy_arns = step_.policy_arns,
                               .duration = step_.duration ? step_.duration : read.session_duration};
  QueryClient::Refusal refusal;
  auto answer = parts_.sts.call_unsigned(aws::encode_assume_role_with_saml(request, response), &refusal);
  const bool providers = request.duration && !step_.duration;
  if (!answer && providers && refusal.error.message.contains("DurationSeconds")) {
    // The role lasts less than the identity provider thinks.
    request.duration.reset();
    answer = parts_.sts.call_unsigned(aws::encode_assume_role_with_saml(request, response), nullptr);
  }
  Secret body = TRY(std::move(answer));
  auto made = TRY(aws::parse_credentials(std::move(body), parts_.sts.now()));
  if (const auto arn = aws::parse_arn(request.role.role_arn); arn && made.account_id.empty()) {
    made.account_id = arn->account;
  }
  return made;
}

}  // namespace touchsts::steps
