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
#include "cli/invocation.h"
#include "settings/surroundings.h"

namespace touchsts::cli::compat {

// Say ends the run with some text.
struct Say {
  std::string out;  // to stdout
  std::string err;  // to stderr
  int code = 0;
};

// MadeProfile is one that stands in no file of AWS's; it counts like one of config.toml.
struct MadeProfile {
  std::string name;
  aws::Profile profile;
};

struct GetCredentials {
  std::string first;  // to stdout, before anything is done
  Invocation invocation;
  std::optional<MadeProfile> profile;
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

using Action = std::variant<Say, GetCredentials, EmptySection, OfferFile, SetUpKeys>;

struct Request {
  const Given& given;
  const settings::Surroundings& around;
  std::string_view program;  // by which of its names it was called
  Time now;
  std::function<Result<std::optional<Secret>>(const std::string& path)> read_file;
};

struct FrontEnd {
  std::span<const std::string_view> programs;  // the names it answers to
  std::string_view usage;                      // the first lines of its help
  std::span<const Option> options;
  Manner manner;
  settings::SharedFiles files;
  Result<Action> (*read)(const Request& request);
  // fault words an error as the original does; what is wrong with the command line (Fault::usage of read) is not its
  // business.
  Say (*fault)(const Error& error, const settings::Paths& paths);
};

}  // namespace touchsts::cli::compat
