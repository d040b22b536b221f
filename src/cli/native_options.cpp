#include "cli/native_options.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/exit_codes.h"

namespace touchsts::cli {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Flag {
  const char* name;
  const char* key;
  const char* help;
};

// Flags that stand for a key of a profile.
constexpr Flag kProfileFlags[] = {
    {"--region", "region", "region of STS (before AWS_REGION)"},
    {"--role-arn", "role_arn", "assume this role with the profile's credentials"},
    {"--mfa-serial", "mfa_serial", "ARN or serial number of the MFA device"},
    {"--duration-seconds", "duration_seconds", "how long the role session lasts, 900 to 43200"},
    {"--session-duration", "session_duration", "how long the MFA session lasts, 900 to 129600"},
    {"--role-session-name", "role_session_name", "name of the role session"},
    {"--external-id", "external_id", "external id that the role's trust policy asks for"},
    {"--source-identity", "source_identity", "source identity of the role session"},
    {"--policy", "policy", "session policy: JSON, or file://PATH"},
};

constexpr const char* kSplitHelp = "KEY=VALUE";

// One parse: the library writes into these while it reads.
class Parser {
 public:
  Parser() : app_("Hands out AWS credentials to every SDK and CLI, with MFA.", "touchsts") {
    app_.set_help_flag();
    app_.add_flag("-h,--help", help_, "show this help; --help exit-codes lists the exit codes");
    app_.add_flag("--version", version_, "show the version; with --verbose also what it is made of");
    app_.add_flag("--verbose", options_.verbose)->group("");
    app_.add_option(
        "--config", options_.config_file, "our configuration file, instead of ~/.config/touchsts/config.toml");
    app_.add_option("--log-level", options_.log_level, "error, warn, info, debug or trace")
        ->check(CLI::IsMember({"error", "warn", "info", "debug", "trace"}));
    app_.add_option("--log-file", options_.log_file, "append the log to this file instead of stderr");
    app_.add_flag("--no-prompt", options_.no_prompt, "fail at once where a person would be asked");
    app_.add_option("--timeout", options_.timeout, "seconds for everything (55 for credential-process, else 120)")
        ->check(CLI::Range(1, 3600));
    app_.add_flag("--no-color", "no colours (there are none yet)")->group("");
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    add_commands();
  }

  Result<NativeOptions> parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // the library takes them off the end
    try {
      app_.parse(arguments);
    } catch (const CLI::ParseError& error) {
      if (!help_) {
        return hinted(fail(Fault::usage, "{}", Untrusted{one_line(error.what())}), "see touchsts --help");
      }
    }
    return finish();
  }

 private:
  // A command: the application object, and what it stands for.
  CLI::App* command(CLI::App& parent, const char* name, const char* help, Command meaning) {
    CLI::App* const made = parent.add_subcommand(name, help);
    made->set_help_flag();
    made->fallthrough();
    commands_.emplace_back(made, meaning);
    return made;
  }

  void add_commands() {
    CLI::App* const process = command(app_,
                                      "credential-process",
                                      "print credentials as JSON, for credential_process in ~/.aws/config",
                                      Command::credential_process);
    process->alias("process");
    add_credential_options(*process);
    add_credential_options(
        *command(app_, "login", "get a session now, so that later calls need no code", Command::login));
    add_profile_option(*command(app_, "logout", "forget the cached sessions of a profile", Command::logout));
    CLI::App* const shell = command(app_, "export", "print credentials for a shell", Command::export_);
    add_credential_options(*shell);
    shell->add_option("--format", options_.format, "env, json, ini, powershell or fish")
        ->check(CLI::IsMember({"env", "json", "ini", "powershell", "fish"}));
    CLI::App* const exec = command(app_,
                                   "exec",
                                   "run a command with credentials in its environment: exec [OPTIONS] -- COMMAND ...",
                                   Command::exec);
    add_credential_options(*exec);

    CLI::App* const config = app_.add_subcommand("config", "show, check or explain the configuration");
    config->set_help_flag();
    config->require_subcommand(1);
    config->fallthrough();
    for (const auto& [name, help, meaning] :
         {std::tuple("show", "print the merged profiles", Command::config_show),
          std::tuple("check", "say what is wrong with the configuration", Command::config_check),
          std::tuple("explain", "say what would be done for a profile, without doing it", Command::config_explain)}) {
      CLI::App* const sub = command(*config, name, help, meaning);
      add_profile_option(*sub);
      sub->add_option("--format", options_.format, "text or json")->check(CLI::IsMember({"text", "json"}));
    }
    CLI::App* const cache = app_.add_subcommand("cache", "list or clear the cached sessions");
    cache->set_help_flag();
    cache->require_subcommand(1);
    cache->fallthrough();
    CLI::App* const list = command(*cache, "list", "list what is cached", Command::cache_list);
    list->add_option("--format", options_.format, "text or json")->check(CLI::IsMember({"text", "json"}));
    list->add_option("--key-file", options_.key_file, "file with the cache's key");
    command(*cache, "clear", "remove every cached session", Command::cache_clear);
  }

  void add_profile_option(CLI::App& app) {
    app.add_option("-p,--profile", options_.profile, "profile of ~/.aws/config (default: AWS_PROFILE, else default)");
    for (const auto& [name, key, help] : kProfileFlags) {
      app.add_option_function<std::string>(
          name, [this, key](const std::string& value) { options_.settings.emplace_back(key, value); }, help);
    }
    add_list(app, "--policy-arn", "policy_arns", "managed policy to limit the session by; may be repeated");
    add_list(app,
             "--transitive-tag-key",
             "transitive_tag_keys",
             "tag key that is passed on in a role chain; may be repeated");
    add_pairs(app, "--tag", options_.tags, "session tag KEY=VALUE; may be repeated");
    add_pairs(app, "--provided-context", options_.contexts, "trusted context ARN=ASSERTION; may be repeated");
    app.add_option(
        "--endpoint-url", options_.endpoint_url, "STS endpoint; other than AWS's only if allowed_endpoints has it");
    app.add_option("--key-file", options_.key_file, "file with the cache's key");
  }

  void add_credential_options(CLI::App& app) {
    add_profile_option(app);
    app.add_option_function<std::string>(
        "--token-code",
        [this](const std::string& code) { options_.token_code = Secret(code); },
        "six digits of the MFA device");
    app.add_option("--token-code-file", options_.token_code_file, "file to read the six digits from");
    app.add_option("--token-code-fd", options_.token_code_fd, "inherited descriptor to read the six digits from")
        ->check(CLI::Range(0, 1'000'000));
    app.add_flag("--no-cache", options_.no_cache, "neither read nor write the cache");
    app.add_flag("--renew", options_.renew, "get new role credentials, from the cached MFA session if there is one");
    app.add_flag("--renew-session", options_.renew_session, "get everything anew");
  }

  void add_list(CLI::App& app, const char* name, const char* key, const char* help) {
    app.add_option_function<std::vector<std::string>>(
           name,
           [this, key](const std::vector<std::string>& values) {
             std::string text;
             for (const auto& value : values) {
               text += (text.empty() ? "" : ",") + value;
             }
             options_.settings.emplace_back(key, text);
           },
           help)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  void add_pairs(CLI::App& app, const char* name, Pairs& pairs, const char* help) {
    app.add_option_function<std::vector<std::string>>(
           name,
           [name, &pairs](const std::vector<std::string>& values) {
             for (const auto& value : values) {
               const auto equals = value.find('=');
               if (equals == std::string::npos) {
                 throw CLI::ValidationError(name, std::string("needs ") + kSplitHelp);
               }
               pairs.emplace_back(value.substr(0, equals), value.substr(equals + 1));
             }
           },
           help)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  static std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
  }

  Result<NativeOptions> finish() {
    const auto chosen = std::ranges::find_if(commands_, [](const auto& entry) { return entry.first->parsed(); });
    if (help_) {
      const CLI::App* about = chosen != commands_.end() ? chosen->first : &app_;
      for (const CLI::App* const group : app_.get_subcommands()) {
        about = chosen == commands_.end() ? group : about;
      }
      options_.help = about->help();
      return std::move(options_);
    }
    if (version_) {
      options_.command = Command::version;
      return std::move(options_);
    }
    if (chosen == commands_.end()) {
      return hinted(fail(Fault::usage, "no command is given"), "see touchsts --help");
    }
    options_.command = chosen->second;
    return std::move(options_);
  }

  NativeOptions options_;
  CLI::App app_;
  std::vector<std::pair<CLI::App*, Command>> commands_;
  bool help_ = false;
  bool version_ = false;
};

std::string exit_code_help() {
  std::string text = "Exit codes:\n";
  for (const auto& [number, meaning] : exit_codes()) {
    text += formatted("{:>5}  {}\n", number, meaning);
  }
  return text + "  128+n  exec: the command ended by signal n, as the shell reports it; else the command's own code\n";
}

// Copies the arguments, and blanks a code that stands among them.
std::vector<std::string> take_arguments(std::span<char*> arguments) {
  std::vector<std::string> taken;
  bool code_follows = false;
  for (char* const argument : arguments) {
    taken.emplace_back(argument);
    constexpr std::string_view kJoined = "--token-code=";
    const std::string_view text(argument);
    if (code_follows || text.starts_with(kJoined)) {
      const std::size_t keep = code_follows ? 0 : kJoined.size();
      std::memset(argument + keep, 'x', text.size() - keep);
    }
    code_follows = taken.back() == "--token-code";
  }
  return taken;
}

}  // namespace

Result<NativeOptions> parse_native(std::span<char*> arguments) {
  auto words = take_arguments(arguments);
  const auto help = std::ranges::find(words, "--help");
  if (help != words.end() && help + 1 != words.end() && *(help + 1) == "exit-codes") {
    NativeOptions options;
    options.help = exit_code_help();
    return options;
  }
  // What follows "--" is the command of exec, and no business of the option parser.
  std::vector<std::string> command;
  const auto separator = std::ranges::find(words, "--");
  const bool separated = separator != words.end();
  if (separated) {
    command.assign(separator + 1, words.end());
    words.erase(separator, words.end());
  }
  auto options = TRY(Parser().parse(std::move(words)));
  if (separated && options.command != Command::exec && options.command != Command::help) {
    return hinted(fail(Fault::usage, "only exec takes a command after --"), "see touchsts --help");
  }
  if (options.command == Command::exec && command.empty()) {
    return hinted(fail(Fault::usage, "exec needs a command"), "touchsts exec [OPTIONS] -- COMMAND ...");
  }
  options.exec_command = std::move(command);
  return options;
}

}  // namespace touchsts::cli
