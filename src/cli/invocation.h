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

enum class ExportFormat { env, json, ini, powershell, fish };

struct ProcessJson {};  // the JSON of credential_process, on stdout
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
struct Note {};  // a line for a person

// Delivery is how the credentials leave.
using Delivery = std::variant<ProcessJson, Export, Exec, Serve, Note>;

struct Invocation {
  settings::ProfileRequest request;
  Delivery delivery;
  issue::Reuse reuse = issue::Reuse::everything;
  std::optional<Secret> token_code;
  bool may_prompt = true;
  bool use_cache = true;
  KeyOptions keys;
  Seconds timeout{55};  // for everything
};

}  // namespace touchsts::cli
