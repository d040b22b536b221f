// vegas-credentials and its predecessor aws-mfa-assume-credential-process (aripalo): a role of ~/.aws/config, assumed
// with the keys and the MFA device of another profile. Keys and flags of every age count.
#include <algorithm>
#include <array>
#include <utility>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/flags.h"
#include "cli/compat/front_ends.h"
#include "cli/compat/local_user.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "settings/network.h"

namespace touchsts::cli::compat {
namespace {

using Takes = Option::Takes;

constexpr Option kOptions[] = {
    {"--profile,-p", Takes::text, "profile of ~/.aws/config with the role"},
    {"--verbose", Takes::nothing, "say more (VERBOSE, VEGAS_CREDENTIALS_VERBOSE)"},
    {"--no-color", Takes::nothing, "no colours (NO_COLOR, VEGAS_CREDENTIALS_NO_COLOR)"},
    {"--no-emoji", Takes::nothing, "no emoji (NO_EMOJI, VEGAS_CREDENTIALS_NO_EMOJI)"},
    {"--no-gui,--disable-dialog", Takes::nothing, "taken for compatibility; pinentry asks where there is no terminal"},
    {"--credential", Takes::nothing, "of cache clean: the sessions"},
    {"--password", Takes::nothing, "of cache clean: taken for compatibility; see the manual"},
    {"--full", Takes::nothing, "of version: with the name of the program"},
    {"--disable-mandatory-refresh,--hide-arns,--debug", Takes::nothing, "taken for compatibility"},
    {"--version,-v", Takes::nothing, "show the version whose options these are"},
    {"--help,-h", Takes::nothing, "show this"},
};

constexpr std::string_view kVersion = "v0.14.4";

// What a profile may call a thing, the newest name first.
struct Names {
  std::string_view first;
  std::array<std::string_view, 4> all;
};
constexpr Names kSource{"vegas_source_profile", {"vegas_source_profile", "source_profile", "__source_profile", ""}};
constexpr Names kRole{"vegas_role_arn", {"vegas_role_arn", "_role_arn", "assume_role_arn", "__role_arn"}};
constexpr Names kMfa{"mfa_serial", {"mfa_serial", "vegas_mfa_serial", "__mfa_serial", ""}};
constexpr Names kKeySerial{"vegas_yubikey_serial", {"vegas_yubikey_serial", "yubikey_serial", "__yubikey", ""}};
constexpr Names kKeyLabel{"vegas_yubikey_label", {"vegas_yubikey_label", "yubikey_label", "__yubikey_label", ""}};

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string text_of(const aws::Profile& profile, const Names& names) {
  for (const std::string_view name : names.all) {
    if (const std::string_view text = unquoted(profile.text(name)); !name.empty() && !text.empty()) {
      return std::string(text);
    }
  }
  return {};
}

// As Go's encoding/json writes a text.
std::string go_json(std::string_view text) {
  std::string out = codec::Json(text).dump(-1, ' ', false, codec::Json::error_handler_t::replace);
  for (const auto& [sign, escaped] :
       {std::pair("<", "\\u003c"), std::pair(">", "\\u003e"), std::pair("&", "\\u0026")}) {
    for (auto at = out.find(sign); at != std::string::npos; at = out.find(sign, at + 6)) {
      out.replace(at, 1, escaped);
    }
  }
  return out;
}

struct Settings {
  std::string profile, source, role, mfa, key_serial, key_label, region, duration, session_name, external_id;

  // checksum is what names a profile's settings in the original's cache.
  [[nodiscard]] std::string checksum() const {
    const std::string json = formatted(
        R"({{"ProfileName":{},"MfaSerial":{},"YubikeySerial":{},"YubikeyLabel":{},"Region":{},"SourceProfile":{},)"
        R"("RoleArn":{},"DurationSeconds":{},"RoleSessionName":{},"ExternalID":{},"Checksum":""}})",
        go_json(profile),
        go_json(mfa),
        go_json(key_serial),
        go_json(key_label),
        go_json(region),
        go_json(source),
        go_json(role),
        duration,
        go_json(session_name),
        go_json(external_id));
    return codec::hex(crypto::sha1(json));
  }
};

class Reading {
 public:
  explicit Reading(const Request& request) : request_(request), given_(request.given), around_(request.around) {}

  Result<Action> action() {
    const auto& words = given_.words;
    const std::string command = words.empty() ? "" : words.front();
    const std::string below = words.size() > 1 ? words[1] : "";
    if (given_.has("--version") || command == "version") {
      return said(given_.has("--full") ? formatted("vegas-credentials version {} linux/amd64\n", kVersion)
                                       : formatted("{}\n", kVersion));
    }
    if (command == "cache" && below == "clean") {
      return clean();
    }
    if (command == "completion") {
      return completion(below);
    }
    if (command == "config" && below == "list") {
      return list();
    }
    const bool show = command == "config" && below == "show-profile";
    if (!show && !command.empty() && command != "assume") {
      return fail(Fault::usage, "unknown command for \"{}\"", request_.program);
    }
    if (given_.text("--profile").empty()) {
      return fail(Fault::usage, "required flag(s) \"profile\" not set");
    }
    if (auto problem = read_settings()) {
      return refused("Credentials: Error: " + *problem);
    }
    return show ? Result<Action>(shown()) : get();
  }

 private:
  [[nodiscard]] bool wants(std::string_view option, std::string_view variable) const {
    for (const std::string& name : {std::string(variable), formatted("VEGAS_CREDENTIALS_{}", variable)}) {
      const std::string_view value = around_.environment->get(name);
      if (around_.environment->has(name) && value != "0" && value != "false") {
        return true;
      }
    }
    return given_.has(option);
  }
  [[nodiscard]] bool emoji() const {
    return !wants("--no-emoji", "NO_EMOJI") && !wants("--no-color", "NO_COLOR") &&
           around_.environment->get("TERM") != "dumb";
  }
  [[nodiscard]] std::string marked(std::string_view mark, const std::string& text) const {
    return (emoji() ? std::string(mark) + " " : "") + text;
  }
  static Say said(std::string text) { return {.out = std::move(text), .err = {}, .code = 0, .log_file = {}}; }
  [[nodiscard]] Say refused(const std::string& text) const {
    return {.out = {}, .err = marked("❌", text) + "\n", .code = 1, .log_file = {}};
  }

  [[nodiscard]] Action clean() const {
    const bool both = given_.has("--credential") == given_.has("--password");
    if (given_.has("--password") && !both) {
      return refused(
          "Cache: passwords of keys are in the kernel's keyring, for twelve hours at most, and go by themselves");
    }
    const std::string done = both ? "Cache cleaned" : "Credential cache cleaned";
    return ClearCache{wants("--verbose", "VERBOSE") ? marked("✅", done) + "\n" : ""};
  }

  [[nodiscard]] Result<Action> completion(const std::string& shell) const {
    constexpr std::string_view kWords = "assume cache clean completion config list show-profile version --profile";
    if (shell == "bash" || shell == "zsh") {
      return said(formatted("{}complete -W '{}' {}\n",
                            shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "",
                            kWords,
                            request_.program));
    }
    if (shell == "fish") {
      return said(formatted("complete -c {} -f -a '{}'\n", request_.program, kWords));
    }
    return fail(Fault::usage, "completion is for bash, zsh or fish");
  }

  [[nodiscard]] Say list() const {
    const std::string cache = around_.paths.cache_home.empty() ? "none" : around_.paths.cache_home + "/touchsts";
    return said(formatted(
        "aws config: {}\nykman cli: none, keys are read over USB\ncache dir: {}\nstate dir: {}\nexec dir: {}\n",
        Untrusted{around_.paths.config},
        Untrusted{cache},
        Untrusted{cache},
        Untrusted{cache}));
  }

  [[nodiscard]] const aws::Profile* section(std::string_view name) const {
    const aws::Profile* const profile = around_.profiles.find(name);
    return profile != nullptr && profile->in_config != 0 ? profile : nullptr;
  }

  static std::string missing_section(std::string_view name) {
    return formatted("section \"{}{}\" does not exist", name == "default" ? "" : "profile ", Untrusted{name});
  }
  static std::string lacks(std::string_view profile, const Names& names) {
    return formatted("Profile \"{}\" does not contain \"{}\"", Untrusted{profile}, names.first);
  }
  static std::string invalid(std::string_view profile, std::string_view key, std::string_view value, const Error& why) {
    return formatted(
        "Profile \"{}\" contains invalid {} \"{}\": {}", Untrusted{profile}, key, Untrusted{value}, why.text);
  }

  std::optional<std::string> read_settings() {
    settings_.profile = given_.text("--profile");
    if (!around_.config_mode.there) {
      return formatted("open {}: no such file or directory", Untrusted{around_.paths.config});
    }
    const aws::Profile* const role = section(settings_.profile);
    if (role == nullptr) {
      return missing_section(settings_.profile);
    }
    settings_.source = text_of(*role, kSource);
    if (settings_.source.empty()) {
      return lacks(settings_.profile, kSource);
    }
    const aws::Profile* const source = section(settings_.source);
    const auto either = [&](const Names& names) {
      const std::string text = text_of(*role, names);
      return text.empty() && source != nullptr ? text_of(*source, names) : text;
    };
    settings_.mfa = either(kMfa);
    if (settings_.mfa.empty()) {
      return source == nullptr ? missing_section(settings_.source) : lacks(settings_.source, kMfa);
    }
    if (const auto good = aws::check_mfa_serial(settings_.mfa); !good) {
      return invalid(settings_.source, "mfa_serial", settings_.mfa, good.error());
    }
    settings_.key_serial = either(kKeySerial);
    settings_.key_label = either(kKeyLabel);
    settings_.role = text_of(*role, kRole);
    if (settings_.role.empty()) {
      return lacks(settings_.profile, kRole);
    }
    if (const auto good = aws::check_role_arn(settings_.role); !good) {
      return invalid(settings_.profile, "vegas_role_arn", settings_.role, good.error());
    }
    return read_rest(*role, source);
  }

  std::optional<std::string> read_rest(const aws::Profile& role, const aws::Profile* source) {
    settings_.duration = unquoted(role.text("duration_seconds"));
    if (const auto good = settings::parse_seconds("duration_seconds", settings_.duration); !good) {
      return invalid(settings_.profile, "duration_seconds", settings_.duration, good.error());
    }
    settings_.duration = settings_.duration.empty() || settings_.duration == "0" ? "3600" : settings_.duration;
    settings_.region = unquoted(role.text("region"));
    if (settings_.region.empty() && source != nullptr) {
      settings_.region = unquoted(source->text("region"));
    }
    settings_.external_id = unquoted(role.text("external_id"));
    settings_.session_name = session_name(unquoted(role.text("role_session_name")));
    return std::nullopt;
  }

  // The user's name, without the characters that STS refuses.
  [[nodiscard]] std::string session_name(std::string_view configured) const {
    if (configured.size() >= 2) {
      return std::string(configured);
    }
    const LocalUser user = local_user(request_);
    std::string name = user.full_name.empty() ? user.name : user.full_name;
    if (name.empty()) {
      const auto host = request_.read_file("/proc/sys/kernel/hostname");
      name = host && *host ? std::string((*host)->bytes.reveal_text()) : "";
    }
    std::erase_if(name, [](char c) {
      const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      return !fits && !std::string_view("_=,.@-").contains(c);
    });
    name = name.empty() ? "linux_amd64" : name.substr(0, 64);
    return name.size() <= 2 ? "mysession-" + name : name;
  }

  [[nodiscard]] Say shown() const {
    std::string text;
    for (const auto& [name, value] : {std::pair("ProfileName", settings_.profile),
                                      std::pair("MfaSerial", settings_.mfa),
                                      std::pair("YubikeySerial", settings_.key_serial),
                                      std::pair("YubikeyLabel", label()),
                                      std::pair("Region", settings_.region),
                                      std::pair("SourceProfile", settings_.source),
                                      std::pair("RoleArn", settings_.role),
                                      std::pair("DurationSeconds", settings_.duration),
                                      std::pair("RoleSessionName", settings_.session_name),
                                      std::pair("ExternalID", settings_.external_id)}) {
      text += formatted("{}: {}\n", name, Untrusted{value});
    }
    Settings named = settings_;
    named.key_label = label();
    return said(text + formatted("Checksum: {}\n", named.checksum()));
  }
  [[nodiscard]] std::string label() const { return settings_.key_label.empty() ? settings_.mfa : settings_.key_label; }

  [[nodiscard]] Result<Action> get() const {
    GetCredentials action;
    auto& invocation = action.invocation;
    auto& request = invocation.request;
    request.profile = settings_.source;
    request.named = true;
    request.code_with_role = true;
    request.person_will_do = true;
    request.least_life = Seconds(600);
    request.question = marked("🔑", "MFA: Input Token (via CLI stdin / GUI prompt / Yubikey touch): ");
    set_flag(request.flags, "role_arn", settings_.role, "vegas_role_arn");
    set_flag(request.flags, "mfa_serial", settings_.mfa, "mfa_serial");
    set_flag(request.flags, "yubikey_serial", settings_.key_serial, "vegas_yubikey_serial");
    set_flag(request.flags, "oath_account", settings_.key_label, "vegas_yubikey_label");
    set_flag(request.flags, "duration_seconds", settings_.duration, "duration_seconds");
    set_flag(request.flags, "role_session_name", settings_.session_name, "role_session_name");
    set_flag(request.flags, "external_id", settings_.external_id, "external_id");
    set_flag(request.flags, "region", settings_.region, settings::kRegionFlag);
    invocation.timeout = Seconds(60);
    invocation.delivery = ProcessJson{ProcessJson::Style::indented};
    return action;
  }

  const Request& request_;
  const Given& given_;
  const settings::Surroundings& around_;
  Settings settings_;
};

Result<Action> read(const Request& request) { return Reading(request).action(); }

Say fault(const Error& error, const settings::Paths&) {
  return {.out = {},
          .err = formatted("Credentials: Error: {}\n", Untrusted{in_one_line(error)}),
          .code = 1,
          .log_file = {}};
}

constexpr std::string_view kPrograms[] = {"vegas-credentials", "aws-mfa-assume-credential-process"};

}  // namespace

constexpr FrontEnd kVegasCredentials = {
    .programs = kPrograms,
    .usage =
        "Usage: vegas-credentials assume --profile NAME\n"
        "       vegas-credentials cache clean\n"
        "       vegas-credentials config list | show-profile --profile NAME\n"
        "       vegas-credentials completion bash | zsh | fish\n"
        "       vegas-credentials version\n\n"
        "Prints credentials of a role as JSON, for credential_process in ~/.aws/config.\n",
    .options = kOptions,
    .manner = {.beginnings = false, .wary = false, .switch_values = true},
    .files = {.config_at_home = false, .credentials_at_home = false, .bare_sections = aws::BareSections::skipped},
    .usage_code = 1,
    .read = read,
    .fault = fault,
};

}  // namespace touchsts::cli::compat
