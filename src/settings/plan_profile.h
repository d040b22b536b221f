// From a profile to a Plan: which keys, which MFA device, which roles in which order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/profiles.h"
#include "base/result.h"
#include "io/http.h"
#include "issue/plan.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// ProfileRequest is what is asked for: a profile, and flags that change it. Flags with a role_arn assume that
// role with the profile's credentials; without one they count before everything that the profile says.
struct ProfileRequest {
  std::string profile = "default";
  bool named = false;  // by a flag or AWS_PROFILE; else keys in the environment come first
  aws::Profile flags;
  std::string endpoint_url;           // of --endpoint-url
  bool code_with_role = false;        // the MFA code goes with AssumeRole itself, without an MFA session
  std::optional<Seconds> least_life;  // what the result must last, whatever the profile says
  std::string question;               // what a person is asked for the code with; "" is the usual
  bool person_will_do = false;        // where the key that is named is not there
};

// Prepared is everything that carry_out and its steps need.
struct Prepared {
  issue::Plan plan;
  io::Network network;
  int attempts = 3;
  std::string profile;
  std::string region;    // that the profile or the environment names; may be ""
  std::string question;  // what a person is asked for the code with; "" is the usual
};

// parse_yubikey_serial reads what --yubikey and yubikey_serial say; "" is none.
Result<std::optional<std::uint32_t>> parse_yubikey_serial(std::string_view text);

// prepare reads no file; it asks who can change those that name commands. Fault::configuration when the profile does
// not add up, with what to change.
Result<Prepared> prepare(const Surroundings& around, const ProfileRequest& request);

// The line in the Place of a command that came from the command line: it is in no file, and the command is run.
inline constexpr int kGivenByCaller = -1;

// check_command says whether a value may be run as a command, or copied to where it would be: Fault::configuration
// when another user could have written it, or when it is in a file that may not hold commands.
Result<> check_command(const Surroundings& around, std::string_view key, const aws::Value& value);

// command_of reads a key whose value is run as a command. It counts only where check_command says so.
Result<std::string> command_of(const Surroundings& around, const ProfileView& profile, std::string_view key);

}  // namespace touchsts::settings
