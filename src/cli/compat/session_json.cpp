#include "cli/compat/session_json.h"

#include <string>

#include "codec/json_text.h"
#include "codec/timestamp.h"

namespace touchsts::cli::compat {

namespace {

void append_part(SecretWriter& out, const aws::Credentials& credentials, SessionPart part) {
  switch (part) {
    case SessionPart::access_key_id:
      return codec::append_json_text(out, credentials.access_key_id);
    case SessionPart::secret_access_key:
      return codec::append_json_text(out, credentials.secret_access_key.reveal_text());
    case SessionPart::session_token:
      return codec::append_json_text(out, credentials.session_token.reveal_text());
    case SessionPart::expiration: {
      std::string until = codec::to_rfc3339(*credentials.expires);
      until.replace(until.size() - 1, 1, "+00:00");
      return codec::append_json_text(out, until);
    }
  }
}

}  // namespace

Secret session_json(const aws::Credentials& credentials, std::initializer_list<NamedPart> parts) {
  SecretWriter out;
  for (const auto& [part, name] : parts) {
    out.append(std::string_view(out.size() == 0 ? "{" : ", "));
    codec::append_json_text(out, name);
    out.append(std::string_view(": "));
    append_part(out, credentials, part);
  }
  out.append(std::string_view("}"));
  return out.take();
}

}  // namespace touchsts::cli::compat
