// The native command line, `touchsts COMMAND ...`, as data.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"
#include "cli/key_store.h"
#include "io/log.h"

namespace touchsts::cli {

enum class Command {
  credential_process,
  login,
  logout,
  export_,
  exec,
  serve,
  saml,
  config_show,
  config_check,
  config_explain,
  cache_list,
  cache_clear,
  cache_status,
  cache_lock,
  cache_unlock,
  cache_rekey,
  setup,
  setup_profile,
  dialects_install,
  migrate,
  keys_import,
  keys_export,
  keys_password,
  keys_list,
  keys_remove,
  doctor,
  oath_info,
  oath_list,
  oath_code,
  oath_add,
  oath_delete,
  oath_rename,
  oath_password,
  oath_reset,
  mfa_enroll,
  mfa_resync,
  mfa_list,
  version,
  help,
};

enum class TextFormat { text, json };

// NewAccountOptions are of `oath add NAME`, where no URI says it.
struct NewAccountOptions {
  std::string name, issuer, algorithm, oath_type;
  std::optional<int> digits, period, counter, secret_fd;

  [[nodiscard]] bool any() const {
    return !issuer.empty() || !algorithm.empty() || !oath_type.empty() || digits || period || counter;
  }
};

// NativeOptions is what was typed, checked for form only.
struct NativeOptions {
  Command command = Command::help;
  std::string help;  // what to print for Command::help
  bool verbose = false;

  std::string config_file;
  std::string log_level;
  std::string log_file;
  bool no_prompt = false;
  std::optional<int> timeout;  // seconds

  std::string profile;                                        // "" when not given
  std::vector<std::pair<std::string, std::string>> settings;  // profile keys with the value of their flag
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<std::pair<std::string, std::string>> contexts;
  std::string endpoint_url;
  std::string policy_file;  // of --policy file://...
  std::optional<Secret> token_code;
  std::string token_code_file;
  std::optional<int> token_code_fd;
  std::optional<int> saml_password_fd;
  KeyOptions keys;
  bool no_cache = false;
  bool renew = false;
  bool renew_session = false;
  std::string section;  // of login --write, logout --unwrite and keys export --to-section

  std::string yubikey;  // serial number, for oath
  std::string pcsc_reader;
  std::string backup_yubikey;  // serial number, for mfa enroll
  std::string
      account;  // of oath: a name, or a part of one; of mfa enroll: the device's; of setup profile: the profile's
  std::string new_name;  // of oath rename
  std::string uri_file;  // of oath add
  NewAccountOptions new_account;
  bool no_touch = false;
  bool show_seed = false;
  bool force = false;
  bool clear = false;
  bool keep = false;         // of keys import
  std::string old_key_file;  // of cache rekey

  bool passphrase = false;  // of setup
  bool secret_service = false;
  bool pbkdf2 = false;
  std::string drop;
  std::optional<int> new_passphrase_fd;
  std::string life;  // of cache unlock

  std::string folder;  // of dialects install
  bool apply = false;  // of migrate

  std::string format;
  std::vector<std::string> exec_command;
  bool serve = false;       // of exec
  std::optional<int> port;  // of serve
  std::string token_file;
};

// parse_native reads the arguments after the program's name. A code in them is overwritten as soon as it is read: it
// would show in process lists. Fault::usage says what was wrong.
Result<NativeOptions> parse_native(std::span<char*> arguments);

}  // namespace touchsts::cli
