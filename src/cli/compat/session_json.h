// Temporary credentials as programs in Python keep them.
#pragma once

#include <initializer_list>
#include <string_view>

#include "aws/credentials.h"
#include "base/secret.h"

namespace touchsts::cli::compat {

enum class SessionPart { access_key_id, secret_access_key, session_token, expiration };

// What a program calls a part.
struct NamedPart {
  SessionPart part;
  std::string_view name;
};

// session_json is one object with the parts as texts, in that order; credentials.expires, which must be there, becomes
// "2026-11-21T08:42:38+00:00".
Secret session_json(const aws::Credentials& credentials, std::initializer_list<NamedPart> parts);

}  // namespace touchsts::cli::compat
