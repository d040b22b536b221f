// awsprocesscreds-saml (awslabs): a role by a log-in at Okta or ADFS. What the original did not know (second factors,
// forms of today) comes with the log-in itself.
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/flags.h"
#include "cli/compat/front_ends.h"

namespace touchsts::cli::compat {
namespace {

using Takes = Option::Takes;

constexpr Option kOptions[] = {
    {"--endpoint,-e", Takes::text, "URL of the app (Okta), or where the log-in for AWS begins; required"},
    {"--username,-u", Takes::text, "who logs in; required"},
    {"--provider,-p", Takes::text, "okta or adfs; required"},
    {"--role-arn,-a", Takes::text, "role to take of those offered; required"},
    {"--no-cache", Takes::nothing, "neither read nor write any cache"},
    {"--verbose,-v", Takes::nothing, "say more, to stderr"},
    {"--help,-h", Takes::nothing, "show this"},
};

constexpr std::string_view kProfile = "awsprocesscreds-saml";
constexpr Seconds kLeastLife{900};
constexpr Seconds kPatience{120};

Result<> check(const Given& given) {
  constexpr std::pair<std::string_view, std::string_view> kRequired[] = {{"--endpoint", "-e/--endpoint"},
                                                                         {"--username", "-u/--username"},
                                                                         {"--provider", "-p/--provider"},
                                                                         {"--role-arn", "-a/--role-arn"}};
  std::string missing;
  for (const auto& [name, shown] : kRequired) {
    if (!given.has(name)) {
      missing += formatted("{}{}", missing.empty() ? "" : ", ", shown);
    }
  }
  if (!missing.empty()) {
    return fail(Fault::usage, "the following arguments are required: {}", missing);
  }
  const std::string_view provider = given.text("--provider");
  if (provider != "okta" && provider != "adfs") {
    return fail(Fault::usage, "argument -p/--provider: invalid choice (choose from 'okta', 'adfs')");
  }
  if (!given.words.empty() || !given.rest.empty()) {
    return fail(Fault::usage, "{}", kTooMany);
  }
  return {};
}

Result<Action> read(const Request& request) {
  const Given& given = request.given;
  TRY(check(given));
  aws::Profile profile;
  const auto take = [&](std::string_view key, std::string_view name) {
    set_flag(profile, key, given.text(name), name);
  };
  take("saml_endpoint", "--endpoint");
  take("saml_username", "--username");
  take("saml_provider", "--provider");
  take("saml_role_arn", "--role-arn");
  set_flag(profile, "region", botocore_region(request.around), "the profile");
  for (const std::string_view name : {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}) {  // of two the second counts
    set_flag(profile, "saml_ca_bundle", request.around.environment->get(name), name);
  }
  GetCredentials action;
  action.profile = std::move(profile);
  action.verbose = given.has("--verbose");
  action.saml_cache = !given.has("--no-cache");
  action.invocation.request.profile = kProfile;
  action.invocation.request.named = true;
  action.invocation.request.least_life = kLeastLife;
  action.invocation.password_on_stdin = true;
  action.invocation.use_cache = !given.has("--no-cache");
  action.invocation.timeout = kPatience;
  action.invocation.delivery = ProcessJson{ProcessJson::Style::python_late};
  return action;
}

Say fault(const Error& error, const settings::Paths&) {
  return {.out = {}, .err = formatted("{}: {}\n", kProfile, Untrusted{in_one_line(error)}), .code = 1, .log_file = {}};
}

constexpr std::string_view kPrograms[] = {"awsprocesscreds-saml"};
constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"--saml-role-arn", "--role-arn"}};

}  // namespace

constexpr FrontEnd kAwsprocesscredsSaml = {
    .programs = kPrograms,
    .usage =
        "Usage: awsprocesscreds-saml -e URL -u NAME -p okta|adfs -a ARN [OPTIONS]\n\nLogs in at an identity provider "
        "and prints credentials as JSON, for credential_process in ~/.aws/config.\n",
    .options = kOptions,
    .manner = {.beginnings = true, .wary = true, .switch_values = false},
    .files = {.config_at_home = false, .credentials_at_home = false, .bare_sections = aws::BareSections::skipped},
    .usage_code = 2,
    .read = read,
    .fault = fault,
    .words = kWords,
};

}  // namespace touchsts::cli::compat
