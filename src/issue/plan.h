// What is asked for, as data: the steps from long-term keys to the credentials somebody wants.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aws/endpoint.h"
#include "aws/sts.h"
#include "base/error.h"
#include "base/time.h"
#include "codec/location.h"

namespace touchsts::issue {

// Where the first keys stand. Their secret part is read when a step needs it, never before.
struct LongTermKeys {
  std::string access_key_id;
  std::string profile;     // "" means the environment
  bool temporary = false;  // they come with a session token
  bool stored = false;     // the secret one is in the key store
};

// Mfa is who vouches for the user: one device, and how to get its code.
struct Mfa {
  std::string serial;
  std::string process;                          // a command that prints the code; "" means key or person
  std::optional<std::uint32_t> yubikey_serial;  // the only key to be asked
  std::string oath_account;                     // its account; "" means the one named after the device
  std::string touch_command;                    // run while a touch is awaited
  std::string pinentry;                         // the program that asks where there is no terminal; "" is the usual one
  std::vector<std::string> oath_names;          // what the account may be called, where it is not the device's
  std::string pcsc_reader;                      // a reader of pcscd to be asked instead of the USB keys
  bool any_code = false;                        // it may be something else than six digits
  bool person_will_do = false;  // though a key or account is named, a person is asked where it is not there
};

struct SessionToken {
  std::optional<Mfa> mfa;
  std::optional<Seconds> duration;
};

struct AssumeRole {
  aws::RoleRequest request;
  std::optional<Mfa> mfa;
};

// CaBundle is a PEM file of certificates that a connection trusts.
struct CaBundle {
  std::string file;
  std::string from;               // the setting that names it, for messages
  std::optional<Error> unusable;  // why the file that names it does not count
};

// SamlRole is a role that an identity provider vouches for (AssumeRoleWithSAML): a person who logs in there needs no
// keys.
struct SamlRole {
  enum class Provider { okta, forms, browser };

  Provider provider = Provider::forms;
  std::string endpoint;  // URL of the app's page (Okta), or where the log-in for AWS begins
  std::vector<codec::Origin>
      origins;  // that get passwords and codes without a prompt: the endpoint's, then saml_origins
  std::string username;
  std::string role_arn;  // an ARN, or how the role's name begins; "" means that the person chooses
  std::string policy;
  std::vector<std::string> policy_arns;
  std::optional<Seconds> duration;  // nothing: what the identity provider says, else the service's own
  Mfa code;                         // how one-time passwords are had; its serial says whose they are
  std::string user_field;           // names of a log-in page's fields; "" are guessed
  std::string password_field;
  std::string code_field;
  std::optional<codec::Location> destination;  // takes the assertion; AWS's sign-in when it is nothing
  std::string browser;                         // a command; "" is the one that is installed
  std::optional<CaBundle> ca_bundle;           // for the identity provider alone; nothing means that of STS
};

// One kind of step more is one struct here; std::visit finds every place that has to know it.
using Step = std::variant<LongTermKeys, SessionToken, AssumeRole, SamlRole>;

struct Plan {
  aws::Endpoint endpoint;
  std::vector<Step> steps;
  std::string account_id;          // of the profile, if it says so
  std::optional<Seconds> min_ttl;  // what its result must last, if somebody says so
};

// whole_life is how long STS makes the result of `step` last; zero for long-term keys.
Seconds whole_life(const Step& step);

// must_last is how long the result of `plan` must still be good to be handed out: its min_ttl, else a quarter of an
// hour, or a third of what it lasts in all when that is less.
Seconds must_last(const Plan& plan);

// ahead_of_time is how long it should be good: what has less, by up to a third, is replaced while nobody waits.
Seconds ahead_of_time(const Plan& plan);

// kIntermediateLife: how long an earlier step's result must still be good to be built upon.
inline constexpr Seconds kIntermediateLife{60};

}  // namespace touchsts::issue
