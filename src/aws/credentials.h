// One set of AWS keys.
#pragma once

#include <optional>
#include <string>

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

}  // namespace touchsts::aws
