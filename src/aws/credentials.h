// One set of AWS keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/time.h"

namespace touchsts::aws {

// Credentials without a session token are long-term keys and never expire.
struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;
  std::optional<Time> expires;
  std::string account_id;  // twelve digits, or empty when unknown
};

// is_opaque_key and is_opaque_token: what keys and tokens may be. What is in them is for the service that makes them:
// printable ASCII without blanks, and an end.
bool is_opaque_key(std::string_view text);
bool is_opaque_token(std::string_view text);

// is_whole_session: whether these are temporary credentials with all their parts, as a service makes them.
bool is_whole_session(const Credentials& credentials);

}  // namespace touchsts::aws
