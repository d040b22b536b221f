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
  bool may_use_device = true;          // else a code that was not given is not to be had
  bool may_outlive = false;            // the result is worth having even when whoever runs us gives up
  io::Background* caller = nullptr;    // answered when that has happened
  const settings::Prepared& prepared;  // who wants it and how it goes to STS, for the prompt
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

// network_notice is what a person should know of the way on which a secret goes, where that is not the usual; it ends
// with a blank, or is empty.
std::string network_notice(const io::Network& network);

// obtain_code returns six digits, or what else `mfa` takes. Fault::no_human when nobody can be asked, Fault::usage for
// what is no code.
Result<TokenCode> obtain_code(
    io::World& world, Person& person, CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait);

}  // namespace touchsts::steps
