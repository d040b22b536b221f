// aws-mfa (broamski): long-term keys in [NAME-long-term] of ~/.aws/credentials, temporary ones in [NAME].
#include <algorithm>
#include <array>
#include <utility>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/flags.h"
#include "cli/compat/front_ends.h"
#include "cli/compat/local_user.h"
#include "codec/number.h"
#include "codec/timestamp.h"

namespace touchsts::cli::compat {
namespace {

using Takes = Option::Takes;

constexpr Option kOptions[] = {
    {"--device", Takes::text, "ARN of the MFA device (MFA_DEVICE, aws_mfa_device in the long-term section)"},
    {"--duration", Takes::number, "seconds (MFA_STS_DURATION; 43200, or 3600 with a role)"},
    {"--profile", Takes::text, "whose credentials (AWS_PROFILE; default)"},
    {"--long-term-suffix,--long-suffix", Takes::text, "of the long-term section's name (long-term); none: no suffix"},
    {"--short-term-suffix,--short-suffix", Takes::text, "of the other section's name (none)"},
    {"--assume-role,--assume", Takes::text, "ARN of a role to assume (MFA_ASSUME_ROLE, assume_role in the section)"},
    {"--role-session-name", Takes::text, "name of the role session (the user's)"},
    {"--force", Takes::nothing, "get new credentials, though the present ones are good"},
    {"--log-level", Takes::text, "CRITICAL, ERROR, WARNING, INFO, DEBUG or NOTSET (DEBUG)"},
    {"--setup", Takes::nothing, "make a long-term section"},
    {"--token,--mfa-token", Takes::secret, "the MFA code"},
    {"--help,-h", Takes::nothing, "show this"},
};

constexpr std::pair<std::string_view, int> kLevels[] = {
    {"CRITICAL", 50}, {"ERROR", 40}, {"WARNING", 30}, {"INFO", 20}, {"DEBUG", 10}, {"NOTSET", 0}};

constexpr std::string_view kDefaultUser = "aws-mfa";  // where the user has no name

// "2026-11-25 10:00:00", UTC.
std::string spaced(Time time) {
  std::string text = codec::to_rfc3339(time);
  text[text.find('T')] = ' ';
  text.pop_back();
  return text;
}

std::optional<Time> parse_spaced(std::string_view text) {
  if (text.size() != 19 || text[10] != ' ') {
    return std::nullopt;
  }
  std::string standard(text);
  standard[10] = 'T';
  return codec::parse_rfc3339(standard + "Z");
}

// Lines of the log, which the original writes to stdout.
class Lines {
 public:
  explicit Lines(std::string_view level) {
    for (const auto& [name, number] : kLevels) {
      least_ = name == level ? number : least_;
    }
  }

  [[nodiscard]] std::string line(std::string_view level, const std::string& text) const {
    const auto found = std::ranges::find(kLevels, level, [](auto entry) { return entry.first; });
    return found->second >= least_ ? formatted("{} - {}\n", level, text) : "";
  }
  void add(std::string_view level, const std::string& text) { text_ += line(level, text); }
  [[nodiscard]] const std::string& text() const { return text_; }
  Say failure(const std::string& text) {
    add("ERROR", text);
    return {.out = text_, .err = {}, .code = 1, .log_file = {}};
  }

 private:
  int least_ = 10;  // DEBUG
  std::string text_;
};

class Reading {
 public:
  explicit Reading(const Request& request)
      : request_(request), given_(request.given), around_(request.around), lines_(request.given.text("--log-level")) {}

  Result<Action> action() {
    TRY(check_usage());
    const auto& path = around_.paths.credentials;
    if (!around_.credentials_mode.there) {
      const std::string missing = formatted("Could not locate credentials file at {}", Untrusted{path});
      return OfferFile{missing + ", would you like to create one? [y/n]", lines_.failure(missing)};
    }
    if (given_.has("--setup")) {
      return SetUpKeys{"-long-term"};
    }
    name_sections();
    if (long_ == short_) {
      return lines_.failure(
          "The value for '--long-term-suffix' cannot be equal to the value for '--short-term-suffix'");
    }
    announce();
    if (auto problem = long_term_problem()) {
      return lines_.failure(*problem);
    }
    device_ = first_of("--device", "MFA_DEVICE", "aws_mfa_device");
    if (device_.empty()) {
      return lines_.failure(
          "You must provide --device or MFA_DEVICE or set \"aws_mfa_device\" in \".aws/credentials\"");
    }
    role_ = first_of("--assume-role", "MFA_ASSUME_ROLE", "assume_role");
    if (const std::string problem = read_duration(); !problem.empty()) {
      return lines_.failure(problem);
    }
    if (!must_renew() && still_good()) {
      return Say{.out = lines_.text(), .err = {}, .code = 0, .log_file = {}};
    }
    return get();
  }

 private:
  Result<> check_usage() const {
    if (!given_.words.empty() || !given_.rest.empty()) {
      return fail(Fault::usage, "{}", kTooMany);
    }
    const std::string_view level = given_.text("--log-level");
    if (given_.has("--log-level") && !std::ranges::contains(kLevels, level, [](auto entry) { return entry.first; })) {
      return fail(Fault::usage,
                  "argument --log-level: invalid choice (choose from 'CRITICAL', 'ERROR', 'WARNING', 'INFO', "
                  "'DEBUG', 'NOTSET')",
                  Untrusted{level});
    }
    return {};
  }

  [[nodiscard]] std::string_view variable(std::string_view name) const { return around_.environment->get(name); }

  void name_sections() {
    const auto none = [](std::string_view suffix) {
      const auto same = [](char a, char b) { return (a | 0x20) == b; };
      return std::ranges::equal(suffix, std::string_view("none"), same);
    };
    profile_ = given_.has("--profile") ? given_.text("--profile") : variable("AWS_PROFILE");
    profile_ = profile_.empty() ? "default" : profile_;
    const std::string_view long_suffix =
        given_.text("--long-term-suffix").empty() ? "long-term" : given_.text("--long-term-suffix");
    const std::string_view short_suffix = given_.text("--short-term-suffix");
    long_ = none(long_suffix) ? profile_ : formatted("{}-{}", profile_, long_suffix);
    short_ = short_suffix.empty() || none(short_suffix) ? profile_ : formatted("{}-{}", profile_, short_suffix);
  }

  // What stands in a section of the credentials file; null when it has no such section or property.
  [[nodiscard]] const aws::Value* stands(std::string_view section, std::string_view key) const {
    const aws::Profile* const profile = around_.profiles.find(section);
    const aws::Value* const value = profile != nullptr ? profile->find(key) : nullptr;
    return value != nullptr && value->place.file == around_.paths.credentials ? value : nullptr;
  }
  [[nodiscard]] std::string text(std::string_view section, std::string_view key) const {
    const aws::Value* const value = stands(section, key);
    return value != nullptr ? value->text : "";
  }
  [[nodiscard]] bool has_section(std::string_view name) const {
    const aws::Profile* const profile = around_.profiles.find(name);
    return profile != nullptr && profile->in_credentials != 0;
  }

  [[nodiscard]] std::string first_of(std::string_view option, std::string_view name, std::string_view key) const {
    return given_.has(option)        ? std::string(given_.text(option))
           : !variable(name).empty() ? std::string(variable(name))
                                     : text(long_, key);
  }

  void announce() {
    const std::string held = text(profile_, "assumed_role_arn");
    const std::string role = given_.has("--assume-role") ? std::string(given_.text("--assume-role")) : held;
    lines_.add("INFO",
               formatted("Validating credentials for profile: {} {}",
                         Untrusted{short_},
                         role.empty() ? "" : formatted("with assumed role: {}", Untrusted{role})));
  }

  [[nodiscard]] std::optional<std::string> long_term_problem() const {
    if (around_.stored_keys.contains(long_)) {
      return std::nullopt;
    }
    if (!has_section(long_)) {
      return formatted(
          "Long term credentials session '[{}]' is missing. You must add this section to your credentials file along "
          "with your long term 'aws_access_key_id' and 'aws_secret_access_key'",
          Untrusted{long_});
    }
    for (const std::string_view key : {"aws_access_key_id", "aws_secret_access_key"}) {
      if (stands(long_, key) == nullptr) {
        return formatted("No option '{}' in section: '{}'", key, Untrusted{long_});
      }
    }
    return std::nullopt;
  }

  std::string read_duration() {
    const std::string_view set = variable("MFA_STS_DURATION");
    duration_ = role_.empty() ? 43200 : 3600;
    if (given_.has("--duration")) {
      duration_ = *given_.number("--duration");
    } else if (!set.empty()) {
      const auto number = codec::parse_number<int>(set);
      if (!number) {
        return formatted("MFA_STS_DURATION '{}' is not a whole number of seconds", Untrusted{set});
      }
      duration_ = *number;
    }
    return {};
  }

  bool must_renew() {
    bool renew = false;
    constexpr std::array<std::string_view, 6> kNeeded = {"assumed_role",
                                                         "aws_access_key_id",
                                                         "aws_secret_access_key",
                                                         "aws_session_token",
                                                         "aws_security_token",
                                                         "expiration"};
    const auto missing = [this](std::string_view key) { return stands(short_, key) == nullptr; };
    if (!has_section(short_)) {
      lines_.add(
          "INFO",
          formatted("Short term credentials section {} is missing, obtaining new credentials.", Untrusted{short_}));
      renew = true;
    } else if (std::ranges::any_of(kNeeded, missing) || !parse_spaced(text(short_, "expiration"))) {
      lines_.add("WARNING", "Your existing credentials are missing or invalid, obtaining new credentials.");
      renew = true;
    }
    if (given_.has("--force")) {
      lines_.add("INFO", "Forcing refresh of credentials.");
      renew = true;
    }
    if (text(short_, "assumed_role_arn") != role_) {
      lines_.add("INFO", "Obtaining credentials for a new role or profile.");
      renew = true;
    }
    return renew;
  }

  bool still_good() {
    const std::string expiration = text(short_, "expiration");
    const Time until = *parse_spaced(expiration);
    if (until <= request_.now) {
      lines_.add("INFO", "Your credentials have expired, renewing.");
      return false;
    }
    lines_.add("INFO",
               formatted("Your credentials are still valid for {}.0 seconds they will expire at {}",
                         (until - request_.now).count(),
                         Untrusted{expiration}));
    return true;
  }

  // Of the active profile, or else of the section that is written: that is the active one when all is as it should be.
  [[nodiscard]] std::string region() const {
    const std::string active = botocore_region(around_);
    const aws::Profile* const written = around_.profiles.find(short_);
    return active.empty() && written != nullptr ? std::string(written->text("region")) : active;
  }

  Result<Action> get() {
    Invocation invocation;
    if (const Secret* const code = given_.secret("--token")) {
      lines_.add("DEBUG", "Received token as argument");
      if (!aws::check_token_code(code->reveal_text())) {
        return lines_.failure("Token must be six digits");
      }
      invocation.token_code = code->clone();
    }
    invocation.code_on_stdin = true;
    auto& request = invocation.request;
    request.profile = long_;
    request.named = true;
    request.code_with_role = true;
    request.question =
        formatted("Enter AWS MFA code for device [{}] (renewing for {} seconds):", Untrusted{device_}, duration_);
    set_flag(request.flags, "mfa_serial", device_, "--device");
    set_flag(request.flags, "region", region(), "the profile");
    Section section{.name = short_,
                    .beside = {{"assumed_role", role_.empty() ? "False" : "True"}},
                    .gone = {},
                    .old_token_too = true,
                    .expiry_key = "expiration",
                    .expiry = spaced,
                    .said = lines_.line("INFO", ""),
                    .said_last = {}};
    if (role_.empty()) {
      set_flag(request.flags, "session_duration", std::to_string(duration_), "--duration");
      section.gone.emplace_back("assumed_role_arn");
      lines_.add("INFO", formatted("Fetching Credentials - Profile: {}, Duration: {}", Untrusted{short_}, duration_));
    } else {
      const std::string user = given_.has("--role-session-name") ? "" : local_user(request_).name;
      const std::string_view name = given_.has("--role-session-name") ? given_.text("--role-session-name")
                                    : user.empty()                    ? kDefaultUser
                                                                      : std::string_view(user);
      set_flag(request.flags, "role_arn", role_, "--assume-role");
      set_flag(request.flags, "role_session_name", name, "--role-session-name");
      set_flag(request.flags, "duration_seconds", std::to_string(duration_), "--duration");
      section.beside.emplace_back("assumed_role_arn", role_);
      lines_.add(
          "INFO",
          formatted(
              "Assuming Role - Profile: {}, Role: {}, Duration: {}", Untrusted{short_}, Untrusted{role_}, duration_));
    }
    if (!section.said.empty()) {
      section.said = formatted("INFO - Success! Your credentials will expire in {} seconds at: ", duration_);
      section.said_last = "+00:00\n";
    }
    invocation.delivery = std::move(section);
    invocation.reuse = given_.has("--force") ? issue::Reuse::nothing : issue::Reuse::everything;
    invocation.timeout = Seconds(120);
    GetCredentials action;
    action.first = lines_.text();
    action.invocation = std::move(invocation);
    return action;
  }

  const Request& request_;
  const Given& given_;
  const settings::Surroundings& around_;
  Lines lines_;
  std::string profile_, long_, short_, device_, role_;
  int duration_ = 0;
};

Result<Action> read(const Request& request) { return Reading(request).action(); }

Say fault(const Error& error, const settings::Paths& paths) {
  const std::string text = in_one_line(error);
  if (error.fault == Fault::denied) {
    return {.out = formatted("ERROR - An error occured while calling assume role: {}\n", Untrusted{text}),
            .err = {},
            .code = 1,
            .log_file = {}};
  }
  const std::string place = paths.credentials + ": line ";
  if (error.text.starts_with(place)) {
    return {.out = formatted("ERROR - There was a problem reading or parsing your credentials file: {} (line {})\n",
                             Untrusted{paths.credentials},
                             Untrusted{text.substr(place.size())}),
            .err = {},
            .code = 1,
            .log_file = {}};
  }
  return {.out = formatted("ERROR - {}\n", Untrusted{text}), .err = {}, .code = 1, .log_file = {}};
}

constexpr std::string_view kPrograms[] = {"aws-mfa"};
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"--token-code", "--token"}, {"mfa_serial", "--device"}, {"role_arn", "--assume-role"}};

}  // namespace

constexpr FrontEnd kAwsMfa = {
    .programs = kPrograms,
    .usage = "usage: aws-mfa [OPTIONS]\n\nPuts temporary credentials into ~/.aws/credentials.\n",
    .options = kOptions,
    .manner = {.beginnings = true, .wary = true, .switch_values = false},
    .files = {.config_at_home = false, .credentials_at_home = true, .bare_sections = aws::BareSections::skipped},
    .usage_code = 2,
    .read = read,
    .fault = fault,
    .words = kWords,
};

}  // namespace touchsts::cli::compat
