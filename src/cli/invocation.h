// What a command line that wants credentials means, as data: every front end ends in one of these.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "issue/carry_out.h"
#include "settings/plan_profile.h"

namespace touchsts::cli {

enum class ExportFormat { env, json, ini, powershell, fish };

struct ProcessJson {};  // the JSON of credential_process, on stdout
struct Export {
  ExportFormat format;
};
struct Exec {
  std::vector<std::string> command;
};
struct Note {};  // a line for a person

// Delivery is how the credentials leave.
using Delivery = std::variant<ProcessJson, Export, Exec, Note>;

struct Invocation {
  settings::ProfileRequest request;
  Delivery delivery;
  issue::Reuse reuse = issue::Reuse::everything;
  std::optional<Secret> token_code;
  bool may_prompt = true;
  bool use_cache = true;
  std::string key_file;  // of --key-file
  Seconds timeout{55};   // for everything
};

}  // namespace touchsts::cli
