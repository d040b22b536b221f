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
    {"--yubikey", "yubikey_serial", "serial number of the YubiKey that has the MFA device's account"},
    {"--oath-account", "oath_account", "name of that account, when it is not named after the device"},
    {"--pcsc-reader", "pcsc_reader", "a card in this reader of pcscd, instead of the YubiKeys on USB"},
    {"--duration-seconds", "duration_seconds", "how long the role session lasts, 900 to 43200"},
    {"--session-duration", "session_duration", "how long the MFA session lasts, 900 to 129600"},
    {"--role-session-name", "role_session_name", "name of the role session"},
    {"--external-id", "external_id", "external id that the role's trust policy asks for"},
    {"--source-identity", "source_identity", "source identity of the role session"},
    {"--policy", "policy", "session policy: JSON, or file://PATH"},
};

// Declaring some forty options costs more than answering from the cache, so the usual parse declares only what was
// typed. Help and errors come from a parse that declares everything.
enum class Declare { typed, all };

// One parse: the library writes into these while it reads.
class Parser {
 public:
  Parser(std::span<const std::string> words, Declare declare)
      : words_(words),
        declare_(declare),
        app_("Hands out AWS credentials to every SDK and CLI, with MFA.", "touchsts") {
    app_.set_help_flag();
    flag(app_, "-h,--help", help_, "show this help; --help exit-codes lists the exit codes");
    flag(app_, "--version", version_, "show the version; with --verbose also what it is made of");
    flag(app_, "--verbose", options_.verbose, "with --version: the parts, their licences and hashes");
    text(app_, "--config", options_.config_file, "our configuration file, not ~/.config/touchsts/config.toml");
    choice(app_, "--log-level", options_.log_level, {"error", "warn", "info", "debug", "trace"}, "what is logged");
    text(app_, "--log-file", options_.log_file, "append the log to this file instead of stderr");
    flag(app_, "--no-prompt", options_.no_prompt, "fail at once where a person would be asked");
    number(app_, "--timeout", options_.timeout, {1, 3600}, "seconds for all (credential-process: 55, else 120)");
    flag(app_, "--no-color", no_color_, "no colours in what people read");
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    add_commands();
  }

  Result<NativeOptions> parse() {
    std::vector<std::string> arguments(words_.rbegin(), words_.rend());  // the library takes them off the end
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
  struct Range {
    int least, most;
  };

  // "-p,--profile" is wanted when -p, --profile or --profile=... was typed.
  bool wanted(std::string_view names) const {
    while (declare_ == Declare::typed && !names.empty()) {
      const std::string_view name = names.substr(0, names.find(','));
      const auto typed = [name](std::string_view word) { return word.starts_with(name); };
      if (std::ranges::any_of(words_, typed)) {
        return true;
      }
      names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
    return declare_ == Declare::all;
  }

  void flag(CLI::App& app, const char* names, bool& target, const char* help) {
    if (wanted(names)) {
      app.add_flag(names, target, help);
    }
  }

  CLI::Option* text(CLI::App& app, const char* names, std::string& target, const char* help) {
    return wanted(names) ? app.add_option(names, target, help)->type_name("TEXT") : nullptr;
  }

  void choice(
      CLI::App& app, const char* names, std::string& target, const std::vector<std::string>& among, const char* help) {
    if (CLI::Option* const option = text(app, names, target, help)) {
      option->check(CLI::IsMember(among))->type_name("");
    }
  }

  void number(CLI::App& app, const char* names, std::optional<int>& target, Range range, const char* help) {
    if (wanted(names)) {
      app.add_option(names, target, help)->check(CLI::Range(range.least, range.most))->type_name("NUMBER");
    }
  }

  static void word(CLI::App& app, const char* name, std::string& target, const char* help) {
    app.add_option(name, target, help)->required()->type_name("");
  }

  // take hands the value to `use` as soon as it is read.
  template <class Use>
  void take(CLI::App& app, const char* names, Use use, const char* help) {
    if (wanted(names)) {
      app.add_option_function<std::string>(names, use, help)->type_name("TEXT");
    }
  }

  // take_all is for options that may be repeated.
  template <class Use>
  void take_all(CLI::App& app, const char* names, Use use, const char* help) {
    if (wanted(names)) {
      app.add_option_function<std::vector<std::string>>(names, use, help)
          ->type_name("TEXT")
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }

  // group makes a word that is followed by a command; null when it was not typed.
  CLI::App* group(const char* name, const char* help) {
    if (!wanted(name)) {
      return nullptr;
    }
    CLI::App* const made = app_.add_subcommand(name, help);
    made->set_help_flag();
    made->require_subcommand(1);
    made->fallthrough();
    return made;
  }

  CLI::App* command(CLI::App* parent, const char* name, const char* help, Command meaning) {
    if (parent == nullptr || !wanted(name)) {
      return nullptr;
    }
    CLI::App* const made = parent->add_subcommand(name, help);
    made->set_help_flag();
    made->fallthrough();
    commands_.emplace_back(made, meaning);
    return made;
  }

  void add_commands() {
    if (CLI::App* const process =
            command(&app_,
                    wanted("process") && !wanted("credential-process") ? "process" : "credential-process",
                    "print credentials as JSON, for credential_process in ~/.aws/config",
                    Command::credential_process)) {
      add_credential_options(*process);
    }
    if (CLI::App* const login =
            command(&app_, "login", "get a session now, so that later calls need no code", Command::login)) {
      add_credential_options(*login);
      text(*login, "--write", options_.section, "also write it to this section of ~/.aws/credentials");
    }
    if (CLI::App* const logout = command(&app_, "logout", "forget the cached sessions of a profile", Command::logout)) {
      add_profile_options(*logout);
      text(*logout, "--unwrite", options_.section, "also take it out of this section of ~/.aws/credentials");
    }
    if (CLI::App* const shell = command(&app_, "export", "print credentials for a shell", Command::export_)) {
      add_credential_options(*shell);
      choice(*shell, "--format", options_.format, {"env", "json", "ini", "powershell", "fish"}, "for which shell");
    }
    if (CLI::App* const exec =
            command(&app_, "exec", "run a command with credentials: exec [OPTIONS] -- COMMAND ...", Command::exec)) {
      add_credential_options(*exec);
      flag(*exec, "--serve", options_.serve, "give it an endpoint that always has fresh credentials");
    }
    if (CLI::App* const serve = command(&app_, "serve", "answer SDKs at an endpoint on this machine", Command::serve)) {
      add_credential_options(*serve);
      choice(*serve, "--format", options_.format, {"env", "json", "powershell", "fish"}, "how to print what SDKs need");
      number(*serve, "--port", options_.port, {1, 65535}, "port of 127.0.0.1 (default: one that is free)");
      text(*serve, "--token-file", options_.token_file, "file for the token, renewed with the credentials");
    }
    add_config_commands(group("config", "show, check or explain the configuration"));
    CLI::App* const cache =
        group("cache", "the cached sessions and their key: list, clear, status, lock, unlock, rekey");
    if (CLI::App* const list = command(cache, "list", "list what is cached", Command::cache_list)) {
      add_format(*list);
      add_key_options(*list);
    }
    command(cache, "clear", "remove every cached session", Command::cache_clear);
    add_key_commands(cache);
    if (CLI::App* const doctor =
            command(&app_, "doctor", "say what on this machine stands in the way", Command::doctor)) {
      add_format(*doctor);
      add_key_options(*doctor);
    }
    add_stored_key_commands(group("keys", "long-term access keys in the key store: import, list, remove"));
    add_mfa_commands(group("mfa", "the MFA devices of an IAM user: enroll, resync, list"));
    add_oath_commands(
        group("oath", "the accounts on a YubiKey: info, list, code, add, delete, rename, password, reset"));
  }

  void add_key_commands(CLI::App* cache) {
    if (CLI::App* const status = command(cache, "status", "say where the key is", Command::cache_status)) {
      add_format(*status);
      add_key_options(*status);
    }
    if (CLI::App* const lock = command(cache, "lock", "forget the key until it is unlocked", Command::cache_lock)) {
      add_key_options(*lock);
    }
    if (CLI::App* const unlock = command(cache, "unlock", "unlock the key store", Command::cache_unlock)) {
      add_key_options(*unlock);
      text(*unlock, "--for", options_.life, "for how long, like 8h or 30m (default: 12h)");
    }
    if (CLI::App* const rekey = command(cache, "rekey", "make a new key", Command::cache_rekey)) {
      add_key_options(*rekey);
      text(*rekey, "--old-key-file", options_.old_key_file, "take over the keys that are stored under this one");
    }
    if (CLI::App* const setup = command(&app_, "setup", "choose who keeps the key", Command::setup)) {
      flag(*setup, "--secret-service", options_.secret_service, "the desktop's secret store");
      flag(*setup, "--passphrase", options_.passphrase, "a passphrase; also to change it");
      flag(*setup, "--pbkdf2", options_.pbkdf2, "make the key of it with PBKDF2 instead of Argon2id");
      number(*setup, "--passphrase-fd", options_.new_passphrase_fd, {0, 1 << 20}, "descriptor with the new passphrase");
      choice(*setup, "--remove", options_.drop, {"passphrase", "secret-service"}, "who keeps it no longer");
      setup->require_subcommand(0, 1);
      if (CLI::App* const profile = command(setup,
                                            "profile",
                                            "make a profile in ~/.aws/config that SDKs get credentials for",
                                            Command::setup_profile)) {
        word(*profile, "name", options_.account, "its name");
        text(*profile, "-p,--profile", options_.profile, "the profile whose credentials it gets (default: default)");
      }
    }
    if (CLI::App* const migrate =
            command(&app_, "migrate", "say what other programs do for you in our configuration", Command::migrate)) {
      flag(*migrate, "--apply", options_.apply, "write it there");
    }
    CLI::App* const dialects = group("dialects", "the programs that touchsts stands in for: install");
    if (CLI::App* const install = command(
            dialects, "install", "make links with their names, so that they are touchsts", Command::dialects_install)) {
      text(*install, "--dir", options_.folder, "where (default: beside touchsts)");
    }
  }

  void add_stored_key_commands(CLI::App* keys) {
    if (CLI::App* const import =
            command(keys, "import", "move a profile's access keys into the key store", Command::keys_import)) {
      text(*import, "-p,--profile", options_.profile, "whose keys (default: default)");
      flag(*import, "--keep", options_.keep, "leave them in their file as well");
      add_key_options(*import);
    }
    if (CLI::App* const list = command(keys, "list", "list the stored keys", Command::keys_list)) {
      add_format(*list);
    }
    if (CLI::App* const remove = command(keys, "remove", "remove a profile's stored keys", Command::keys_remove)) {
      text(*remove, "-p,--profile", options_.profile, "whose keys (default: default)");
      flag(*remove, "--force", options_.force, "without asking");
      add_key_options(*remove);
    }
  }

  void add_key_options(CLI::App& app) {
    text(app, "--key-file", options_.keys.key_file, "file with the cache's key");
    number(app, "--key-fd", options_.keys.key_fd, {0, 1 << 20}, "descriptor with the cache's key");
    number(app, "--passphrase-fd", options_.keys.passphrase_fd, {0, 1 << 20}, "descriptor with the store's passphrase");
  }

  void add_mfa_commands(CLI::App* mfa) {
    if (CLI::App* const enroll =
            command(mfa, "enroll", "make an MFA device whose seed is on a YubiKey", Command::mfa_enroll)) {
      add_profile_options(*enroll);
      text(*enroll, "--name", options_.account, "the device's name; yours when left out");
      text(*enroll, "--backup-yubikey", options_.backup_yubikey, "a second YubiKey to get the account");
      flag(*enroll, "--no-touch", options_.no_touch, "give its codes without a touch");
      flag(*enroll, "--show-seed", options_.show_seed, "show the seed, once, on the terminal");
    }
    if (CLI::App* const resync = command(mfa, "resync", "bring a device into step again", Command::mfa_resync)) {
      add_profile_options(*resync);
    }
    if (CLI::App* const list = command(mfa, "list", "list the user's MFA devices", Command::mfa_list)) {
      add_profile_options(*list);
      add_format(*list);
    }
  }

  void add_oath_commands(CLI::App* oath) {
    const auto made = [&](const char* name, const char* help, Command meaning) {
      CLI::App* const app = command(oath, name, help, meaning);
      if (app != nullptr) {
        text(*app, "--yubikey", options_.yubikey, "serial number of the YubiKey");
        text(*app, "--pcsc-reader", options_.pcsc_reader, "a card in this reader of pcscd, instead of those on USB");
      }
      return app;
    };
    for (CLI::App* const app : {made("info", "which YubiKeys are there", Command::oath_info),
                                made("list", "list the accounts", Command::oath_list)}) {
      if (app != nullptr) {
        add_format(*app);
      }
    }
    if (CLI::App* const code = made("code", "print the code of an account", Command::oath_code)) {
      add_format(*code);
      word(*code, "account", options_.account, "its name, or a part that no other has");
    }
    if (CLI::App* const add = made("add", "add an account, touch required", Command::oath_add)) {
      text(*add, "--uri-file", options_.uri_file, "file with its otpauth URI, instead of a prompt");
      text(*add, "--name", options_.account, "another name than the URI's");
      flag(*add, "--no-touch", options_.no_touch, "give its codes without a touch");
      flag(*add, "--force", options_.force, "replace an account of the same name");
    }
    if (CLI::App* const remove = made("delete", "delete an account", Command::oath_delete)) {
      word(*remove, "account", options_.account, "its name, or a part that no other has");
      flag(*remove, "--force", options_.force, "without asking");
    }
    if (CLI::App* const rename = made("rename", "rename an account", Command::oath_rename)) {
      word(*rename, "account", options_.account, "its name, or a part that no other has");
      word(*rename, "new-name", options_.new_name, "ISSUER:NAME, or NAME");
    }
    if (CLI::App* const password = made("password", "set the applet's password", Command::oath_password)) {
      flag(*password, "--clear", options_.clear, "remove it");
    }
    made("reset", "delete every account and the password, after asking twice", Command::oath_reset);
  }

  void add_config_commands(CLI::App* config) {
    for (const auto& [name, help, meaning] :
         {std::tuple("show", "print the merged profiles", Command::config_show),
          std::tuple("check", "say what is wrong with the configuration", Command::config_check),
          std::tuple("explain", "say what would be done for a profile, without doing it", Command::config_explain)}) {
      CLI::App* const made = command(config, name, help, meaning);
      if (made == nullptr) {
        continue;
      }
      add_format(*made);
      if (meaning == Command::config_explain) {
        add_profile_options(*made);
      } else {
        text(*made, "-p,--profile", options_.profile, "only this profile");
      }
    }
  }

  void add_format(CLI::App& app) {
    choice(app, "--format", options_.format, {"text", "json"}, "for people or programs");
  }

  void add_profile_options(CLI::App& app) {
    text(app, "-p,--profile", options_.profile, "profile of ~/.aws/config (default: AWS_PROFILE, else default)");
    for (const auto& [name, key, help] : kProfileFlags) {
      take(app, name, [this, key](const std::string& value) { options_.settings.emplace_back(key, value); }, help);
    }
    add_list(app, "--policy-arn", "policy_arns", "managed policy to limit the session by; may be repeated");
    add_list(app, "--transitive-tag-key", "transitive_tag_keys", "tag key to pass on in a role chain; may be repeated");
    add_pairs(app, "--tag", options_.tags, "session tag KEY=VALUE; may be repeated");
    add_pairs(app, "--provided-context", options_.contexts, "trusted context ARN=ASSERTION; may be repeated");
    text(app, "--endpoint-url", options_.endpoint_url, "STS endpoint; if not AWS's, allowed_endpoints must have it");
    add_key_options(app);
  }

  void add_credential_options(CLI::App& app) {
    add_profile_options(app);
    take(
        app,
        "--token-code",
        [this](const std::string& code) { options_.token_code = Secret(code); },
        "six digits of the MFA device");
    text(app, "--token-code-file", options_.token_code_file, "file to read the six digits from");
    number(app, "--token-code-fd", options_.token_code_fd, {0, 1'000'000}, "inherited descriptor to read them from");
    flag(app, "--no-cache", options_.no_cache, "neither read nor write the cache");
    flag(app, "--renew", options_.renew, "get new role credentials, by the cached MFA session if there is one");
    flag(app, "--renew-session", options_.renew_session, "get everything anew");
  }

  void add_list(CLI::App& app, const char* name, const char* key, const char* help) {
    const auto join = [this, key](const std::vector<std::string>& values) {
      std::string joined;
      for (const auto& value : values) {
        joined += (joined.empty() ? "" : ",") + value;
      }
      options_.settings.emplace_back(key, std::move(joined));
    };
    take_all(app, name, join, help);
  }

  void add_pairs(CLI::App& app, const char* name, Pairs& pairs, const char* help) {
    const auto split = [name, &pairs](const std::vector<std::string>& values) {
      for (const auto& value : values) {
        const auto equals = value.find('=');
        if (equals == std::string::npos) {
          throw CLI::ValidationError(name, "needs KEY=VALUE");
        }
        pairs.emplace_back(value.substr(0, equals), value.substr(equals + 1));
      }
    };
    take_all(app, name, split, help);
  }

  static std::string one_line(std::string message) {
    std::ranges::replace(message, '\n', ' ');
    return message;
  }

  Result<NativeOptions> finish() {
    // The last one: a command may be below another.
    const auto chosen =
        std::ranges::find_last_if(commands_, [](const auto& entry) { return entry.first->parsed(); }).begin();
    if (help_) {
      const CLI::App* about = chosen != commands_.end() ? chosen->first : &app_;
      for (const CLI::App* const parsed : app_.get_subcommands()) {
        about = chosen == commands_.end() ? parsed : about;
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

  std::span<const std::string> words_;
  Declare declare_;
  NativeOptions options_;
  CLI::App app_;
  std::vector<std::pair<CLI::App*, Command>> commands_;
  bool help_ = false;
  bool version_ = false;
  bool no_color_ = false;
};

Result<NativeOptions> parse_words(std::span<const std::string> words) {
  const auto asks_help = [](std::string_view word) { return word == "-h" || word == "--help"; };
  if (std::ranges::none_of(words, asks_help)) {
    if (auto options = Parser(words, Declare::typed).parse()) {
      return options;
    }
  }
  return Parser(words, Declare::all).parse();
}

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
  auto options = TRY(parse_words(words));
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
