#include "cli/native_commands.h"

#include <tuple>

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
    {"--saml-endpoint", "saml_endpoint", "log in there: URL of the app (Okta), or where the log-in for AWS begins"},
    {"--saml-provider", "saml_provider", "type of identity provider: okta, adfs, form (default) or browser"},
    {"--saml-username", "saml_username", "who logs in"},
    {"--saml-origins",
     "saml_origins",
     "other origins that may get the password and codes without a prompt (comma-separated)"},
    {"--saml-role-arn", "saml_role_arn", "role to take of those offered: an ARN, or how its name begins"},
};

// The same by the names that the command saml has for them.
constexpr Flag kSamlFlags[] = {
    {"-e,--endpoint", "saml_endpoint", "the same as --saml-endpoint"},
    {"-u,--username", "saml_username", "the same as --saml-username"},
    {"--provider", "saml_provider", "the same as --saml-provider"},
    {"-r,--role", "saml_role_arn", "the same as --saml-role-arn"},
};

// Commands is gone when the library parses: what it calls then may hold on to the options only.
class Commands {
 public:
  Commands(CLI::App& app, Declaring& to, NativeOptions& options) : app_(app), to_(to), options_(options) {}

  void add_commands() {
    add_credential_commands();
    add_config_commands(to_.group("config", "show, check or explain the configuration"));
    CLI::App* const cache =
        to_.group("cache", "the cached sessions and their key: list, clear, status, lock, unlock, rekey");
    if (CLI::App* const list = to_.command(cache, "list", "list what is cached", Command::cache_list)) {
      add_format(*list);
      add_key_options(*list);
    }
    to_.command(cache, "clear", "remove every cached session", Command::cache_clear);
    add_key_commands(cache);
    if (CLI::App* const doctor =
            to_.command(&app_, "doctor", "say what on this machine stands in the way", Command::doctor)) {
      add_format(*doctor);
      add_key_options(*doctor);
    }
    add_stored_key_commands(to_.group("keys", "long-term access keys in the key store: import, export, list, remove"));
    add_mfa_commands(to_.group("mfa", "the MFA devices of an IAM user: enroll, resync, list"));
    add_oath_commands(
        to_.group("oath", "the accounts on a YubiKey: info, list, code, add, delete, rename, password, reset"));
  }

  // Those that get credentials, hand them out, or drop them.
  void add_credential_commands() {
    if (CLI::App* const process =
            to_.command(&app_,
                        to_.typed("process") && !to_.typed("credential-process") ? "process" : "credential-process",
                        "print credentials as JSON, for credential_process in ~/.aws/config",
                        Command::credential_process)) {
      add_credential_options(*process);
    }
    if (CLI::App* const login =
            to_.command(&app_, "login", "get a session now, so that later calls need no code", Command::login)) {
      add_credential_options(*login);
      to_.text(*login, "--write", options_.section, "also write it to this section of ~/.aws/credentials");
    }
    if (CLI::App* const logout =
            to_.command(&app_, "logout", "forget the cached sessions of a profile", Command::logout)) {
      add_profile_options(*logout);
      to_.text(*logout, "--unwrite", options_.section, "also take it out of this section of ~/.aws/credentials");
    }
    if (CLI::App* const shell = to_.command(&app_, "export", "print credentials for a shell", Command::export_)) {
      add_credential_options(*shell);
      to_.choice(*shell,
                 "--format",
                 options_.format,
                 {"env", "json", "ini", "powershell", "fish", "windows-cmd"},
                 "for which shell");
    }
    if (CLI::App* const exec = to_.command(
            &app_, "exec", "run a command with credentials: exec [OPTIONS] -- COMMAND ...", Command::exec)) {
      add_credential_options(*exec);
      to_.flag(*exec, "--serve", options_.serve, "give it an endpoint that always has fresh credentials");
    }
    if (CLI::App* const serve =
            to_.command(&app_, "serve", "answer SDKs at an endpoint on this machine", Command::serve)) {
      add_credential_options(*serve);
      to_.choice(*serve,
                 "--format",
                 options_.format,
                 {"env", "json", "powershell", "fish", "windows-cmd"},
                 "how to print what SDKs need");
      to_.number(*serve, "--port", options_.port, {1, 65535}, "port of 127.0.0.1 (default: one that is free)");
      to_.text(*serve, "--token-file", options_.token_file, "file for the token, renewed with the credentials");
    }
    if (CLI::App* const saml =
            to_.command(&app_,
                        "saml",
                        "log in at an identity provider and print credentials as JSON, for credential_process",
                        Command::saml)) {
      add_credential_options(*saml);
      add_flags(*saml, kSamlFlags);
    }
  }

  void add_key_commands(CLI::App* cache) {
    if (CLI::App* const status = to_.command(cache, "status", "say where the key is", Command::cache_status)) {
      add_format(*status);
      add_key_options(*status);
    }
    if (CLI::App* const lock = to_.command(cache, "lock", "forget the key until it is unlocked", Command::cache_lock)) {
      add_key_options(*lock);
    }
    if (CLI::App* const unlock = to_.command(cache, "unlock", "unlock the key store", Command::cache_unlock)) {
      add_key_options(*unlock);
      to_.text(*unlock, "--for", options_.life, "for how long, like 8h or 30m (default: 12h)");
    }
    if (CLI::App* const rekey = to_.command(cache, "rekey", "make a new key", Command::cache_rekey)) {
      add_key_options(*rekey);
      to_.text(*rekey, "--old-key-file", options_.old_key_file, "take over the keys that are stored under this one");
    }
    if (CLI::App* const setup = to_.command(&app_, "setup", "choose who keeps the key", Command::setup)) {
      to_.flag(*setup, "--secret-service", options_.secret_service, "the desktop's secret store");
      to_.flag(*setup, "--passphrase", options_.passphrase, "a passphrase; also to change it");
      to_.flag(*setup, "--pbkdf2", options_.pbkdf2, "make the key of it with PBKDF2 instead of Argon2id");
      to_.number(
          *setup, "--passphrase-fd", options_.new_passphrase_fd, {0, 1 << 20}, "descriptor with the new passphrase");
      to_.choice(*setup, "--remove", options_.drop, {"passphrase", "secret-service"}, "who keeps it no longer");
      setup->require_subcommand(0, 1);
      if (CLI::App* const profile = to_.command(setup,
                                                "profile",
                                                "make a profile in ~/.aws/config that SDKs get credentials for",
                                                Command::setup_profile)) {
        to_.word(*profile, "name", options_.account, "its name");
        to_.text(
            *profile, "-p,--profile", options_.profile, "the profile whose credentials it gets (default: default)");
      }
    }
    if (CLI::App* const migrate = to_.command(
            &app_, "migrate", "say what other programs do for you in our configuration", Command::migrate)) {
      to_.flag(*migrate, "--apply", options_.apply, "write it there");
    }
    CLI::App* const dialects = to_.group("dialects", "the programs that touchsts stands in for: install");
    if (CLI::App* const install = to_.command(
            dialects, "install", "make links with their names, so that they are touchsts", Command::dialects_install)) {
      to_.text(*install, "--dir", options_.folder, "where (default: beside touchsts)");
    }
  }

  void add_stored_key_commands(CLI::App* keys) {
    if (CLI::App* const import =
            to_.command(keys, "import", "move a profile's access keys into the key store", Command::keys_import)) {
      to_.text(*import, "-p,--profile", options_.profile, "whose keys (default: default)");
      to_.flag(*import, "--keep", options_.keep, "leave them in their file as well");
      to_.flag(*import, "--force", options_.force, "take them out of their file though the key file is kept in memory");
      add_key_options(*import);
    }
    if (CLI::App* const out = to_.command(keys, "export", "give a profile's stored keys back", Command::keys_export)) {
      to_.text(*out, "-p,--profile", options_.profile, "whose keys (default: default)");
      to_.text(*out, "--to-section", options_.section, "write them into this section of ~/.aws/credentials");
      to_.flag(*out, "--force", options_.force, "print them without asking");
      add_key_options(*out);
    }
    if (CLI::App* const password = to_.command(keys,
                                               "password",
                                               "keep the password that a profile logs in with (SAML) in the key store",
                                               Command::keys_password)) {
      to_.text(*password, "-p,--profile", options_.profile, "whose password (default: default)");
      to_.number(*password,
                 "--saml-password-fd",
                 options_.saml_password_fd,
                 {0, 1'000'000},
                 "inherited descriptor to read it from");
      to_.flag(*password, "--clear", options_.clear, "keep it no longer");
      add_key_options(*password);
    }
    if (CLI::App* const list = to_.command(keys, "list", "list the stored keys", Command::keys_list)) {
      add_format(*list);
    }
    if (CLI::App* const remove = to_.command(keys, "remove", "remove a profile's stored keys", Command::keys_remove)) {
      to_.text(*remove, "-p,--profile", options_.profile, "whose keys (default: default)");
      to_.flag(*remove, "--force", options_.force, "without asking");
      add_key_options(*remove);
    }
  }

  void add_key_options(CLI::App& app) {
    to_.text(app, "--key-file", options_.keys.key_file, "file with the cache's key");
    to_.number(app, "--key-fd", options_.keys.key_fd, {0, 1 << 20}, "descriptor with the cache's key");
    to_.number(
        app, "--passphrase-fd", options_.keys.passphrase_fd, {0, 1 << 20}, "descriptor with the store's passphrase");
  }

  void add_mfa_commands(CLI::App* mfa) {
    if (CLI::App* const enroll =
            to_.command(mfa, "enroll", "make an MFA device whose seed is on a YubiKey", Command::mfa_enroll)) {
      add_profile_options(*enroll);
      to_.text(*enroll, "--name", options_.account, "the device's name; yours when left out");
      to_.text(*enroll, "--backup-yubikey", options_.backup_yubikey, "a second YubiKey to get the account");
      to_.flag(*enroll, "--no-touch", options_.no_touch, "give its codes without a touch");
      to_.flag(*enroll, "--show-seed", options_.show_seed, "show the seed, once, on the terminal");
    }
    if (CLI::App* const resync = to_.command(mfa, "resync", "bring a device into step again", Command::mfa_resync)) {
      add_profile_options(*resync);
    }
    if (CLI::App* const list = to_.command(mfa, "list", "list the user's MFA devices", Command::mfa_list)) {
      add_profile_options(*list);
      add_format(*list);
    }
  }

  void add_oath_commands(CLI::App* oath) {
    const auto made = [&](const char* name, const char* help, Command meaning) {
      CLI::App* const app = to_.command(oath, name, help, meaning);
      if (app != nullptr) {
        to_.text(*app, "--yubikey", options_.yubikey, "serial number of the YubiKey");
        to_.text(
            *app, "--pcsc-reader", options_.pcsc_reader, "a card in this reader of pcscd, instead of those on USB");
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
      to_.word(*code, "account", options_.account, "its name, or a part that no other has");
      to_.flag(*code, "--force", options_.force, "do not ask before the counter of an HOTP account moves on");
    }
    if (CLI::App* const add = made("add", "add an account, touch required", Command::oath_add)) {
      add_new_account_options(*add);
      to_.flag(*add, "--no-touch", options_.no_touch, "give its codes without a touch");
      to_.flag(*add, "--force", options_.force, "replace an account of the same name");
    }
    if (CLI::App* const remove = made("delete", "delete an account", Command::oath_delete)) {
      to_.word(*remove, "account", options_.account, "its name, or a part that no other has");
      to_.flag(*remove, "--force", options_.force, "without asking");
    }
    if (CLI::App* const rename = made("rename", "rename an account", Command::oath_rename)) {
      to_.word(*rename, "account", options_.account, "its name, or a part that no other has");
      to_.word(*rename, "new-name", options_.new_name, "ISSUER:NAME, or NAME");
    }
    if (CLI::App* const password = made("password", "set the applet's password", Command::oath_password)) {
      to_.flag(*password, "--clear", options_.clear, "remove it");
    }
    made("reset", "delete every account and the password, after asking twice", Command::oath_reset);
  }

  void add_new_account_options(CLI::App& add) {
    auto& account = options_.new_account;
    to_.optional_word(
        add, "account", account.name, "its name: the secret key is asked for; without it, an otpauth URI");
    to_.text(add, "--issuer", account.issuer, "who issued the secret key, with a name");
    to_.number(add, "--digits", account.digits, {6, 8}, "digits of a code (6)");
    to_.number(add, "--period", account.period, {1, 86'400}, "seconds that a code lasts (30)");
    to_.text(add, "--algorithm", account.algorithm, "SHA1 (default), SHA256 or SHA512");
    to_.text(add, "--oath-type", account.oath_type, "TOTP (default) or HOTP");
    to_.number(
        add, "--counter", account.counter, {0, 2'147'483'647}, "where the counter of an HOTP account begins (0)");
    to_.number(add, "--secret-fd", account.secret_fd, {0, 1 << 20}, "inherited descriptor to read key or URI from");
    to_.text(add, "--uri-file", options_.uri_file, "file with its otpauth URI, instead of a prompt");
    to_.text(add, "--name", options_.account, "another name than the URI's");
  }

  void add_config_commands(CLI::App* config) {
    for (const auto& [name, help, meaning] :
         {std::tuple("show", "print the merged profiles", Command::config_show),
          std::tuple("check", "say what is wrong with the configuration", Command::config_check),
          std::tuple("explain", "say what would be done for a profile, without doing it", Command::config_explain)}) {
      CLI::App* const made = to_.command(config, name, help, meaning);
      if (made == nullptr) {
        continue;
      }
      add_format(*made);
      if (meaning == Command::config_explain) {
        add_profile_options(*made);
      } else {
        to_.text(*made, "-p,--profile", options_.profile, "only this profile");
      }
    }
  }

  void add_format(CLI::App& app) {
    to_.choice(app, "--format", options_.format, {"text", "json"}, "for people or programs");
  }

  void add_profile_options(CLI::App& app) {
    to_.text(app, "-p,--profile", options_.profile, "profile of ~/.aws/config (default: AWS_PROFILE, else default)");
    add_flags(app, kProfileFlags);
    add_list(app, "--policy-arn", "policy_arns", "managed policy to limit the session by; may be repeated");
    add_list(app, "--transitive-tag-key", "transitive_tag_keys", "tag key to pass on in a role chain; may be repeated");
    add_pairs(app, "--tag", options_.tags, "session tag KEY=VALUE; may be repeated");
    add_pairs(app, "--provided-context", options_.contexts, "trusted context ARN=ASSERTION; may be repeated");
    to_.text(
        app, "--endpoint-url", options_.endpoint_url, "STS endpoint; if not AWS's, allowed_endpoints must have it");
    add_key_options(app);
  }

  void add_flags(CLI::App& app, std::span<const Flag> flags) {
    for (const auto& [name, key, help] : flags) {
      to_.take(
          app,
          name,
          [&options = options_, key](const std::string& value) { options.settings.emplace_back(key, value); },
          help);
    }
  }

  void add_credential_options(CLI::App& app) {
    add_profile_options(app);
    to_.take_any(
        app,
        "--token-code",
        [&options = options_](const std::string& code) { options.token_code = Secret(code); },
        "six digits of the MFA device");
    to_.text(app, "--token-code-file", options_.token_code_file, "file to read the six digits from");
    to_.number(
        app, "--token-code-fd", options_.token_code_fd, {0, 1'000'000}, "inherited descriptor to read them from");
    to_.number(app,
               "--saml-password-fd",
               options_.saml_password_fd,
               {0, 1'000'000},
               "inherited descriptor to read the identity provider's password from");
    to_.flag(app, "--no-cache", options_.no_cache, "neither read nor write the cache");
    to_.flag(app, "--renew", options_.renew, "get new role credentials, by the cached MFA session if there is one");
    to_.flag(app, "--renew-session", options_.renew_session, "get everything anew");
  }

  void add_list(CLI::App& app, const char* name, const char* key, const char* help) {
    const auto join = [&options = options_, key](const std::vector<std::string>& values) {
      std::string joined;
      for (const auto& value : values) {
        joined += (joined.empty() ? "" : ",") + value;
      }
      options.settings.emplace_back(key, std::move(joined));
    };
    to_.take_all(app, name, join, help);
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
    to_.take_all(app, name, split, help);
  }

  CLI::App& app_;
  Declaring& to_;
  NativeOptions& options_;
};

}  // namespace

void declare_commands(CLI::App& app, Declaring& to, NativeOptions& options) {
  Commands(app, to, options).add_commands();
}

}  // namespace touchsts::cli
