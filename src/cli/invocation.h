// What a command line that wants credentials means, as data: every front end ends in one of these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "cli/key_store.h"
#include "issue/carry_out.h"
#include "settings/plan_profile.h"

namespace touchsts::cli {

enum class ExportFormat {
  env,
  json,
  ini,
  powershell,
  fish,
  windows_cmd,
  plain_env
};  // the last without expiry, and with quotes only where a value needs them

// The JSON of credential_process, on stdout.
struct ProcessJson {
  // One line; as Python's json writes it; the same with Version at the end and two line ends; by four spaces.
  enum class Style { compact, python, python_late, indented };
  Style style = Style::compact;
};
struct Export {
  ExportFormat format;
};
struct Exec {
  std::vector<std::string> command;
  bool serve = false;  // it gets an endpoint to ask, not the credentials themselves
};
struct Serve {  // an endpoint that SDKs ask, until we are ended
  ExportFormat format = ExportFormat::env;
  std::uint16_t port = 0;  // 0: any
  std::string token_file;  // "" means that the token goes to stdout
};

// Section is a section of ~/.aws/credentials that is to hold the credentials.
struct Section {
  std::string name;
  std::vector<std::pair<std::string, std::string>> beside;  // other properties, which come first
  std::vector<std::string> gone;                            // properties that must not stand there
  bool old_token_too = false;                               // also as aws_security_token, its name of old
  std::string expiry_key;                                   // that says until when they are good
  std::string (*expiry)(Time) = nullptr;                    // and how it says so; null: it does not
  std::string said;                                         // to stdout afterwards, with that time behind it
  std::string said_last;                                    // and behind that
};

struct Note {  // a line for a person
  std::optional<Section> section;
};

// Delivery is how the credentials leave.
using Delivery = std::variant<ProcessJson, Export, Exec, Serve, Note, Section>;

struct Invocation {
  settings::ProfileRequest request;
  Delivery delivery;
  issue::Reuse reuse = issue::Reuse::everything;
  std::optional<Secret> token_code;
  bool code_on_stdin = false;      // it may come by a pipe, too
  std::optional<Secret> password;  // of an identity provider
  bool password_on_stdin = false;  // it may come by a pipe where there is no terminal
  bool may_prompt = true;
  bool use_cache = true;
  bool by_saml = false;            // another way to credentials is an error
  issue::Cache* beside = nullptr;  // asked when ours holds nothing, and given what ours is given; may be null
  KeyOptions keys;
  Seconds timeout{55};  // for everything
};

}  // namespace touchsts::cli
