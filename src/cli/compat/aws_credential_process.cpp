// aws-credential-process (meeuw): keys from options, a TOML file or ~/.aws/credentials, then MFA session, then role.
#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/flags.h"
#include "cli/compat/front_ends.h"
#include "codec/number.h"
#include "settings/command_line.h"
#include "settings/toml_sections.h"

namespace touchsts::cli::compat {
namespace {

using Takes = Option::Takes;

constexpr Option kOptions[] = {
    {"--access-key-id", Takes::text, "long-term access key id"},
    {"--secret-access-key", Takes::secret, "its secret key; kept, so that later runs need only the id"},
    {"--mfa-oath-slot", Takes::text, "account on the YubiKey: its name, or a part that no other has"},
    {"--mfa-serial-number", Takes::text, "ARN or serial number of the MFA device; required"},
    {"--mfa-session-duration", Takes::number, "seconds; 0: no MFA session, the code goes with the role"},
    {"--assume-session-duration", Takes::number, "seconds that the role session lasts"},
    {"--assume-role-arn", Takes::text, "role to assume"},
    {"--assume-role-policy-arns", Takes::text, "managed policy to limit the session by; may be repeated"},
    {"--assume-role-policy", Takes::text, "session policy: JSON, or @FILE"},
    {"--assume-role-source-identity", Takes::text, "source identity of the role session"},
    {"--assume-role-role-session-name", Takes::text, "name of the role session (aws_credential_process)"},
    {"--force-renew-session", Takes::nothing, "get everything anew"},
    {"--force-renew-assume-role", Takes::nothing, "get new role credentials"},
    {"--credentials-section", Takes::text, "section of ~/.aws/credentials with the keys (default)"},
    {"--pin-entry", Takes::text, "program that asks for a code where there is no terminal (pinentry)"},
    {"--log-file", Takes::text, "append a log to this file"},
    {"--config-section", Takes::text, "section of the configuration file"},
    {"--config-file", Takes::text, "that file (~/.config/aws-credential-process/config.toml)"},
    {"--output-format", Takes::text, "json or shell (json)"},
    {"--version", Takes::nothing, "show the version whose options these are"},
    {"--help", Takes::nothing, "show this"},
};

constexpr std::string_view kService = "aws_credential_process";
constexpr std::string_view kProfile = "aws-credential-process";
constexpr std::string_view kMissingSecret =
    "Secret access key is not supplied as argument and couldn't it load from keyring.";

bool is_secret(std::string_view key) { return key == "secret_access_key"; }

// What Python's format makes of a text that knows only {section}; nothing when the text is none for it.
std::optional<std::string> formatted_by_python(std::string_view text, std::string_view section) {
  constexpr std::string_view kField = "{section}";
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      out += text.front();
      text.remove_prefix(2);
    } else if (text.starts_with(kField)) {
      out += section;
      text.remove_prefix(kField.size());
    } else if (text.front() == '{' || text.front() == '}') {
      return std::nullopt;
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

// JSON has braces of its own; in such a text only {section} means anything.
std::string with_section(std::string_view text, std::string_view section) {
  if (auto formatted = formatted_by_python(text, section)) {
    return *std::move(formatted);
  }
  std::string out(text);
  constexpr std::string_view kField = "{section}";
  for (auto at = out.find(kField); at != std::string::npos; at = out.find(kField, at + section.size())) {
    out.replace(at, kField.size(), section);
  }
  return out;
}

class Reading {
 public:
  explicit Reading(const Request& request) : request_(request), given_(request.given), around_(request.around) {}

  Result<Action> action() {
    if (given_.has("--version")) {
      return Say{.out = "aws-credential-process, version 0.20.0\n", .err = {}, .code = 0, .log_file = {}};
    }
    if (!given_.words.empty() || !given_.rest.empty()) {
      return fail(Fault::usage, "{}", kTooMany);
    }
    const std::string_view format = given_.text("--output-format");
    if (!format.empty() && format != "json" && format != "shell") {
      return fail(Fault::usage, "Invalid value for '--output-format': it is neither json nor shell");
    }
    if (auto problem = TRY(read_config())) {
      return *std::move(problem);
    }
    const std::string serial = text("mfa-serial-number");
    if (serial.empty()) {
      return refused("Required mfa_serial_number not set\n");
    }
    return get(serial, format == "shell");
  }

 private:
  static Say refused(std::string text) { return {.out = {}, .err = std::move(text), .code = 1, .log_file = {}}; }

  // A warning of Python's root logger.
  [[nodiscard]] Say warned(std::string_view text) const {
    const std::string log_file = this->text("log-file");
    return {.out = {},
            .err = log_file.empty() ? formatted("WARNING:root:{}\n", text) : std::string(text),
            .code = 1,
            .log_file = log_file};
  }

  Result<std::optional<Say>> read_config() {
    section_name_ = given_.text("--config-section");
    if (section_name_.empty()) {
      return std::nullopt;
    }
    std::string path(given_.text("--config-file"));
    if (path.empty()) {
      path = "~/.config/aws-credential-process/config.toml";
    }
    if (path.starts_with("~/")) {
      path = around_.facts->home + path.substr(1);
    }
    const auto content = TRY(request_.read_file(path));
    if (!content) {
      return refused(formatted("Config file {} doesn't exist.\n", Untrusted{path}));
    }
    commands_count_ = !around_.files->distrust(path);
    path_ = path;
    auto sections = TRY(within(Untrusted{path}, settings::read_toml_sections(content->bytes.reveal_text(), is_secret)));
    const auto found = sections.find(section_name_);
    if (found == sections.end()) {
      return refused(formatted("{} not found in config file\n", Untrusted{section_name_}));
    }
    section_ = std::move(found->second);
    return std::nullopt;
  }

  // The option --NAME, else the key that is called like it.
  [[nodiscard]] const settings::TomlValue* in_file(std::string_view name) const {
    std::string key(name);
    std::ranges::replace(key, '-', '_');
    const auto found = section_.find(key);
    return found != section_.end() ? &found->second : nullptr;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    const std::string_view typed = given_.text(formatted("--{}", name));
    const auto* const value = typed.empty() ? in_file(name) : nullptr;
    return value != nullptr ? with_section(value->text, section_name_) : std::string(typed);
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    const auto* const value = in_file(name);
    return given_.has(formatted("--{}", name)) || (value != nullptr && value->text == "true");
  }

  [[nodiscard]] std::vector<std::string> policy_arns() const {
    auto arns = given_.all("--assume-role-policy-arns");
    const auto* const value = arns.empty() ? in_file("assume-role-policy-arns") : nullptr;
    for (std::size_t i = 0; value != nullptr && i < value->list.size(); ++i) {
      arns.push_back(with_section(value->list[i], section_name_));
    }
    return arns;
  }

  // "@FILE" is the file's content as it is.
  [[nodiscard]] Result<std::string> policy() const {
    std::string policy = text("assume-role-policy");
    if (!policy.starts_with('@')) {
      return policy;
    }
    const std::string path = policy.substr(1);
    const auto content = TRY(request_.read_file(path));
    if (!content) {
      return fail(Fault::configuration, "--assume-role-policy: there is no file {}", Untrusted{path});
    }
    return std::string(content->bytes.reveal_text());
  }

  [[nodiscard]] Secret given_secret() const {
    const Secret* const typed = given_.secret("--secret-access-key");
    const auto* const value = in_file("secret-access-key");
    return typed != nullptr && !typed->empty() ? typed->clone() : value != nullptr ? value->secret.clone() : Secret();
  }

  // The keys, or what there is to say of them.
  std::optional<Say> read_keys(KeptKeys& keys, aws::Profile& profile) const {
    keys.access_key_id = text("access-key-id");
    keys.secret = given_secret();
    if (keys.access_key_id.empty() && keys.secret.empty()) {
      const std::string wanted = text("credentials-section");
      const aws::Profile* const section = around_.profiles.find(wanted.empty() ? "default" : wanted);
      const aws::Value* const id = section != nullptr ? section->find("aws_access_key_id") : nullptr;
      const aws::Value* const secret = section != nullptr ? section->find("aws_secret_access_key") : nullptr;
      if (id != nullptr && id->place.file == around_.paths.credentials) {
        keys.access_key_id = id->text;
        if (secret != nullptr && !secret->secret.empty()) {  // it stands there: nothing has to be kept
          profile.values.insert_or_assign("aws_access_key_id",
                                          aws::Value{.text = id->text, .secret = {}, .sub = {}, .place = id->place});
          profile.values.insert_or_assign(
              "aws_secret_access_key",
              aws::Value{.text = {}, .secret = secret->secret.clone(), .sub = {}, .place = secret->place});
        }
      }
    }
    if (keys.access_key_id.empty()) {
      return warned("No --access_key_id supplied and could not load from ~/.aws/credentials.");
    }
    return std::nullopt;
  }

  [[nodiscard]] Result<std::string> seconds(std::string_view name, std::string_view typed) const {
    const auto* const value = typed.empty() ? in_file(name) : nullptr;
    std::string chosen = value != nullptr ? with_section(value->text, section_name_) : std::string(typed);
    if (!chosen.empty() && !codec::parse_number<int>(chosen)) {
      return fail(Fault::configuration, "{} '{}' is not a number of seconds", name, Untrusted{chosen});
    }
    return chosen;
  }

  Result<Action> get(const std::string& serial, bool shell) {
    GetCredentials action;
    action.log_file = text("log-file");
    aws::Profile profile;
    KeptKeys keys;
    if (auto problem = read_keys(keys, profile)) {
      return *std::move(problem);
    }
    const std::string session = TRY(seconds("mfa-session-duration", given_.text("--mfa-session-duration")));
    const std::string_view typed = given_.text("--assume-session-duration");
    const std::string life = TRY(seconds("assume-session-duration", typed == "0" ? "" : typed));
    const bool no_session = codec::parse_number<int>(session) == 0;
    const std::string role = text("assume-role-arn");
    if (role.empty() && no_session) {
      return warned("Cannot do MFA without session");
    }
    auto& request = action.invocation.request;
    request.profile = section_name_.empty() ? std::string(kProfile) : formatted("{} {}", kProfile, section_name_);
    request.named = true;
    request.code_with_role = no_session;
    request.person_will_do = true;
    request.least_life = Seconds(10);
    set_flag(request.flags, "mfa_serial", serial, "--mfa-serial-number");
    set_flag(request.flags, "oath_account", text("mfa-oath-slot"), "--mfa-oath-slot");
    TRY(set_pinentry(request.flags));
    set_flag(profile, "region", botocore_region(around_), "the profile");
    set_flag(request.flags, "session_duration", no_session ? "" : session, "--mfa-session-duration");
    if (!role.empty()) {
      const std::string name = text("assume-role-role-session-name");
      set_flag(request.flags, "role_arn", role, "--assume-role-arn");
      set_flag(request.flags, "role_session_name", name.empty() ? kService : name, "--assume-role-role-session-name");
      set_flag(request.flags, "duration_seconds", life, "--assume-session-duration");
      set_flag(request.flags, "policy", TRY(policy()), "--assume-role-policy");
      set_flag(request.flags, "source_identity", text("assume-role-source-identity"), "--assume-role-source-identity");
      std::string arns;
      for (const auto& arn : policy_arns()) {
        arns += (arns.empty() ? "" : ",") + arn;
      }
      set_flag(request.flags, "policy_arns", arns, "--assume-role-policy-arns");
    }
    if (!profile.has("aws_access_key_id")) {
      keys.service = kService;
      keys.missing = kMissingSecret;
      keys.as_original = flag("interop");
      action.keys = std::move(keys);
    }
    action.keyring = flag("interop") ? kService : "";
    action.profile = std::move(profile);
    action.invocation.reuse = flag("force-renew-session")       ? issue::Reuse::nothing
                              : flag("force-renew-assume-role") ? issue::Reuse::sessions_only
                                                                : issue::Reuse::everything;
    action.invocation.delivery =
        shell ? Delivery(Export{ExportFormat::plain_env}) : Delivery(ProcessJson{ProcessJson::Style::python});
    return action;
  }

  Result<> set_pinentry(aws::Profile& flags) const {
    std::string program = text("pin-entry");
    if (given_.text("--pin-entry").empty() && !program.empty() && !commands_count_) {
      return hinted(fail(Fault::configuration, "pin_entry in {} is not run", Untrusted{path_}),
                    "only you and root may be able to write the file and its folder");
    }
    if (given_.text("--pin-entry").empty()) {
      const aws::Value written{.text = program, .secret = {}, .sub = {}, .place = {path_, 0}};
      TRY(settings::check_program("pin_entry", written));
      program = settings::with_home("pin_entry", program, around_.facts->home);
    }
    set_flag(flags, "pinentry", program == "pinentry" ? "" : program, "--pin-entry", settings::kGivenByCaller);
    return {};
  }

  const Request& request_;
  const Given& given_;
  const settings::Surroundings& around_;
  std::string section_name_, path_;
  settings::TomlSection section_;
  bool commands_count_ = false;
};

Result<Action> read(const Request& request) { return Reading(request).action(); }

Say fault(const Error& error, const settings::Paths&) {
  std::string text = in_one_line(error);
  // The profile is one that we made.
  const std::string made = formatted("profile {}", kProfile);
  if (const auto end = text.find(": "); end != std::string::npos && text.starts_with(made)) {
    text.erase(0, end + 2);
  }
  const bool original = text == kMissingSecret;
  return {.out = {},
          .err = formatted("{}{}\n", original ? "WARNING:root:" : "aws-credential-process: ", Untrusted{text}),
          .code = 1,
          .log_file = {}};
}

constexpr std::string_view kPrograms[] = {"aws-credential-process"};
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"mfa_serial", "--mfa-serial-number"},
    {"oath_account", "--mfa-oath-slot"},
    {"session_duration", "--mfa-session-duration"},
    {"role_arn", "--assume-role-arn"},
    {"duration_seconds", "--assume-session-duration"},
    {"role_session_name", "--assume-role-role-session-name"},
    {"source_identity", "--assume-role-source-identity"},
    {"policy_arns", "--assume-role-policy-arns"},
    {"policy ARN", "--assume-role-policy-arns"}};

}  // namespace

constexpr FrontEnd kAwsCredentialProcess = {
    .programs = kPrograms,
    .usage =
        "Usage: aws-credential-process [OPTIONS]\n\nPrints credentials as JSON, for credential_process in "
        "~/.aws/config.\n",
    .options = kOptions,
    .manner = {.beginnings = false, .wary = false, .switch_values = false},
    .files = {.config_at_home = false, .credentials_at_home = true, .bare_sections = aws::BareSections::skipped},
    .usage_code = 2,
    .read = read,
    .fault = fault,
    .words = kWords,
};

}  // namespace touchsts::cli::compat
