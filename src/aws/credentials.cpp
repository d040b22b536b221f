#include "aws/credentials.h"

#include <algorithm>

namespace touchsts::aws {
namespace {

constexpr std::size_t kMostKey = 1024;  // bytes
constexpr std::size_t kMostToken = 16'384;

bool is_opaque(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

bool is_opaque_key(std::string_view text) { return is_opaque(text, kMostKey); }

bool is_opaque_token(std::string_view text) { return is_opaque(text, kMostToken); }

bool is_whole_session(const Credentials& credentials) {
  return is_opaque_key(credentials.access_key_id) && is_opaque_key(credentials.secret_access_key.reveal_text()) &&
         is_opaque_token(credentials.session_token.reveal_text()) && credentials.expires.has_value();
}

}  // namespace touchsts::aws
