// awsmfa (reusabit): `login` puts temporary keys into a section of ~/.aws/credentials, `logout` takes them out.
#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/flags.h"
#include "cli/compat/front_ends.h"
#include "settings/network.h"

namespace touchsts::cli::compat {
namespace {

using Takes = Option::Takes;

constexpr Option kOptions[] = {
    {"--profile", Takes::text, "section for the temporary keys (AWS_PROFILE, AWS_DEFAULT_PROFILE)"},
    {"--token-code", Takes::secret, "of login: the MFA code"},
    {"--help,-h", Takes::nothing, "show this"},
};

// What may stand behind "--": arguments of `aws sts get-session-token`.
constexpr Option kPassedOn[] = {
    {"--duration-seconds", Takes::number, "how long the session lasts"},
    {"--region", Takes::text, "region of STS"},
    {"--endpoint-url", Takes::text, "STS endpoint"},
};

constexpr std::string_view kUsage =
    "usage: awsmfa [--profile PROFILE] login --token-code CODE [-- ARGUMENTS]\n"
    "       awsmfa [--profile PROFILE] logout\n\n"
    "Puts temporary credentials into ~/.aws/credentials. ARGUMENTS: --duration-seconds, --region, --endpoint-url.\n";

Say refused(const std::string& text) { return {.out = text + "\n", .err = {}, .code = 1, .log_file = {}}; }

class Reading {
 public:
  explicit Reading(const Request& request) : given_(request.given), around_(request.around) {}

  Result<Action> action() {
    if (given_.words.empty()) {
      return Say{};
    }
    const std::string& command = given_.words.front();
    if (given_.words.size() > 1 || (command != "login" && command != "logout")) {
      return fail(Fault::usage, "argument command: invalid choice (choose from 'login', 'logout')");
    }
    if (command == "login" && !given_.has("--token-code")) {
      return fail(Fault::usage, "the following arguments are required: --token-code");
    }
    if (command == "login" && given_.secret("--token-code")->empty()) {
      return fail(Fault::usage, "argument --token-code: no code was given");
    }
    profile_ = given_.has("--profile") ? given_.text("--profile") : around_.environment->get("AWS_PROFILE");
    if (profile_.empty()) {
      profile_ = around_.environment->get("AWS_DEFAULT_PROFILE");
    }
    if (profile_.empty()) {
      return refused("Profile not specified and not provided in environment variable.\n" + std::string(kUsage));
    }
    return command == "login" ? log_in() : log_out();
  }

 private:
  [[nodiscard]] const aws::Profile* in_config(std::string_view name) const {
    const aws::Profile* const profile = around_.profiles.find(name);
    return profile != nullptr && profile->in_config != 0 ? profile : nullptr;
  }
  [[nodiscard]] bool in_credentials(std::string_view name) const {
    const aws::Profile* const profile = around_.profiles.find(name);
    return profile != nullptr && profile->in_credentials != 0;
  }

  [[nodiscard]] Result<Action> log_out() const {
    if (!in_credentials(profile_)) {
      return refused(
          formatted("The credentials file does not have the specified temp profile [{}]", Untrusted{profile_}));
    }
    return EmptySection{profile_};
  }

  Result<Action> log_in() {
    const aws::Profile* const temporary = in_config(profile_);
    if (temporary == nullptr) {
      return refused(
          formatted("The specified temp profile [{}] is not present in the config file", Untrusted{profile_}));
    }
    const std::string permanent(temporary->text("source_profile"));
    if (permanent.empty()) {
      return refused(
          formatted("The specified temp profile [{}] does not contain a source_profile setting.", Untrusted{profile_}));
    }
    const aws::Profile* const keys = in_config(permanent);
    if (keys == nullptr) {
      return refused(
          formatted("The perm profile [{}] specified by the source_profile setting is not present in the config file.",
                    Untrusted{permanent}));
    }
    for (const std::string_view key : {"mfa_serial", "user_arn"}) {
      if (!keys->has(key)) {
        return refused(formatted("The perm profile [{}] does not contain the {} setting.", Untrusted{permanent}, key));
      }
    }
    if (!in_credentials(permanent) && !around_.stored_keys.contains(permanent)) {
      return refused(
          formatted("The credentials file does not contain the perm profile [{}] section.", Untrusted{permanent}));
    }
    return get(permanent, std::string(keys->text("mfa_serial")));
  }

  Result<Action> get(const std::string& permanent, const std::string& serial) {
    Invocation invocation;
    auto& request = invocation.request;
    request.profile = permanent;
    request.named = true;
    set_flag(request.flags, "mfa_serial", serial, "mfa_serial");
    TRY(pass_on(request));
    invocation.token_code = given_.secret("--token-code")->clone();
    invocation.reuse = issue::Reuse::nothing;  // a person who logs in has a code and wants a session of full length
    invocation.timeout = Seconds(120);
    invocation.delivery = Section{.name = profile_,
                                  .beside = {},
                                  .gone = {},
                                  .old_token_too = false,
                                  .expiry_key = {},
                                  .expiry = nullptr,
                                  .said = {},
                                  .said_last = {}};
    std::string first;
    if (!in_credentials(profile_)) {
      first = formatted("Creating temp profile section [{}]\n", Untrusted{profile_});
    }
    GetCredentials action;
    action.first = std::move(first);
    action.invocation = std::move(invocation);
    return action;
  }

  // The original hands these to the AWS CLI, through a shell.
  Result<> pass_on(settings::ProfileRequest& request) const {
    std::vector<std::string> words = given_.rest;
    std::vector<char*> arguments;
    arguments.reserve(words.size());
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    const auto passed = read_options(kPassedOn, arguments, {});
    if (!passed || !passed->words.empty() || !passed->rest.empty()) {
      return fail(Fault::usage,
                  "of the arguments after --, only --duration-seconds, --region and --endpoint-url are taken: {}",
                  passed ? "unrecognized arguments" : passed.error().text);
    }
    set_flag(request.flags, "session_duration", passed->text("--duration-seconds"), "--duration-seconds");
    set_flag(request.flags, "region", passed->text("--region"), settings::kRegionFlag);
    request.endpoint_url = passed->text("--endpoint-url");
    return {};
  }

  const Given& given_;
  const settings::Surroundings& around_;
  std::string profile_;
};

Result<Action> read(const Request& request) { return Reading(request).action(); }

Say fault(const Error& error, const settings::Paths&) {
  return {.out = {}, .err = formatted("awsmfa: {}\n", Untrusted{in_one_line(error)}), .code = 1, .log_file = {}};
}

constexpr std::string_view kPrograms[] = {"awsmfa"};

}  // namespace

constexpr FrontEnd kAwsmfa = {
    .programs = kPrograms,
    .usage = kUsage,
    .options = kOptions,
    .manner = {.beginnings = true, .wary = true, .switch_values = false},
    .files = {.config_at_home = true, .credentials_at_home = true, .bare_sections = aws::BareSections::profiles},
    .usage_code = 2,
    .read = read,
    .fault = fault,
};

}  // namespace touchsts::cli::compat
