// A front end stands in for another program: it reads that program's command line and files, and says what is to be
// done. It does nothing itself.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "aws/profiles.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/compat/options.h"
#include "cli/compat/own_words.h"
#include "cli/invocation.h"
#include "io/files.h"
#include "settings/surroundings.h"

namespace touchsts::cli::compat {

// Say ends the run with some text.
struct Say {
  std::string out;  // to stdout
  std::string err;  // to stderr
  int code = 0;
  std::string log_file;  // gets what else went to stderr
};

// KeptKeys are long-term keys that stand in no file of AWS's.
struct KeptKeys {
  std::string access_key_id;
  Secret secret;             // empty: it was given to an earlier run
  std::string service;       // by which the original's keyring knows it
  std::string missing;       // what to say when it is nowhere
  bool as_original = false;  // it is also kept where the original looks
};

struct GetCredentials {
  std::string first;  // to stdout, before anything is done
  Invocation invocation;
  std::optional<aws::Profile> profile;  // one that stands in no file; it counts like one of config.toml
  std::optional<KeptKeys> keys;         // that profile's, if they are not in it
  bool saml_cache = false;              // sessions are also found where awsprocesscreds-saml keeps them
  bool verbose = false;                 // the log goes to stderr
  std::string keyring;                  // sessions are also found and kept by this service's name; "" is nowhere
  std::string log_file;
};

// EmptySection takes temporary credentials out of ~/.aws/credentials.
struct EmptySection {
  std::string name;
};

// OfferFile asks whether ~/.aws/credentials is to be made; if so, the front end is asked again.
struct OfferFile {
  std::string question;
  Say refused;
};

// SetUpKeys asks for long-term keys and makes a section of them.
struct SetUpKeys {
  std::string suffix;  // of the section's name
};

// ClearCache forgets every cached session.
struct ClearCache {
  std::string said;  // to stdout afterwards
};

using Action = std::variant<Say, GetCredentials, EmptySection, OfferFile, SetUpKeys, ClearCache>;

using ReadFile = std::function<Result<std::optional<io::FileContent>>(const std::string& path)>;

struct Request {
  const Given& given;
  const settings::Surroundings& around;
  std::string_view program;  // by which of its names it was called
  Time now;
  ReadFile read_file;
};

struct FrontEnd {
  std::span<const std::string_view> programs;  // the names it answers to
  std::string_view usage;                      // the first lines of its help
  std::span<const Option> options;
  Manner manner;
  settings::SharedFiles files;
  int usage_code = 2;  // the exit code of a wrong command line
  Result<Action> (*read)(const Request& request);
  // fault words an error as the original does; what is wrong with the command line (Fault::usage of read) is not its
  // business.
  Say (*fault)(const Error& error, const settings::Paths& paths);
  Words words;  // what errors call things that have another name here
};

}  // namespace touchsts::cli::compat
