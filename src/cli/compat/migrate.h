// `touchsts migrate`: what other programs were configured to do, said in our own configuration.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/compat/front_end.h"
#include "io/world.h"
#include "settings/surroundings.h"

namespace touchsts::cli::compat {

// Move is one profile that another program serves, and how touchsts would.
struct Move {
  std::string profile;                                    // of ~/.aws/config; "" when none has to change
  std::string from;                                       // for a person: what does it now
  std::vector<std::pair<std::string, std::string>> keys;  // for [profile.SECTION] of config.toml; may be empty
  std::string section;
  std::string serves;                 // the profile that credential_process is to name; "" when there is no such line
  std::string note;                   // what else has to be done, by hand
  std::vector<std::string> left_out;  // why a key does not come along: each a sentence
};

// find_moves reads credential_process lines of programs that we stand in for and of aws-vault, its include_profile, and
// the sections of aws-mfa and awsmfa. It changes nothing.
std::vector<Move> find_moves(const settings::Surroundings& around, Time now, const ReadFile& read_file);

// migrate says what it found, or does it: config.toml gets the sections that it has not yet, ~/.aws/config the lines.
// It does nothing while the environment names other files (Fault::configuration): what they say would count from then
// on.
enum class Apply { no, yes };
Result<int> migrate(Apply apply, io::World& world);

}  // namespace touchsts::cli::compat
