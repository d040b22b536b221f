// Getting the six digits of an MFA device: given, from a command, or from the person at the terminal.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/world.h"
#include "issue/plan.h"
#include "settings/plan_profile.h"
#include "steps/person.h"

namespace touchsts::steps {

// PasswordSources is where the password of an identity provider may come from, without asking.
struct PasswordSources {
  std::optional<Secret> given;         // by a flag; it serves once
  io::StandardInput* piped = nullptr;  // may bring one where no terminal is; null: stdin is for others
};

// CodeSources is what this run may use to get codes.
struct CodeSources {
  std::optional<Secret> given;         // by a flag; it serves once
  io::StandardInput* piped = nullptr;  // may bring one; null: stdin is for others
  PasswordSources password;
  bool may_prompt = true;
  bool may_use_device = true;          // false: a code can only be a given one
  bool may_outlive = false;            // the result is useful even if the program that started us gives up
  io::Background* caller = nullptr;    // answered when that has happened
  const settings::Prepared& prepared;  // the profile and the way to STS, for the prompt
};

// CodeReceiver is who gets a code that is not for STS: an origin of an identity provider.
struct CodeReceiver {
  std::string user;                // whose code it is
  std::string origin;              // as people are told
  std::string notice;              // network_notice of the way there
  std::optional<Error> untrusted;  // why it gets only codes that a person confirms; nothing when it gets any
};

struct CodeWait {
  Deadline deadline;
  io::Background* meanwhile;               // opens the connection to STS
  Seconds clock_offset{0};                 // what has to be added to our clock
  Time not_before;                         // what a key calculates for an earlier moment is spent
  const CodeReceiver* receiver = nullptr;  // null: STS
};

// TokenCode is a code and where it came from.
struct TokenCode {
  enum class Source { given, process, key, typed };
  Secret digits;
  Source source;
  Time moment;  // that a key was asked for; of others, when they came
};

// network_notice names a proxy or CA bundle that a secret is sent by, so that the person sees it. It ends with a blank,
// or is empty.
std::string network_notice(const io::Network& network);

// obtain_code returns six digits, or what else `mfa` takes. Fault::no_human when no person can be asked, Fault::usage
// for a code that is not valid.
Result<TokenCode> obtain_code(
    io::World& world, Person& person, CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait);

}  // namespace touchsts::steps
