// The URLs that settings hold: endpoints and proxies. Scheme, user, host and port; a path only if it is "/".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

// Origin is where a request goes (RFC 6454): scheme, host in lower case without brackets, port.
struct Origin {
  std::string scheme;  // "http" or "https"
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Origin&) const = default;
};

// to_text writes "https://host:port"; the port only when it is not the scheme's own.
std::string to_text(const Origin& origin);

// authority is what the Host header says: the host, in brackets if it is IPv6, and the port if it is not the usual one.
std::string authority(const Origin& origin);

struct Url {
  Origin origin;
  Secret user;  // percent-decoded; only proxies have it
  Secret password;
};

// parse_url accepts http and https. Controls, spaces, queries, fragments and paths other than "/" are refused, and a
// user part unless `allow_user`.
enum class UserPart { allowed, refused };
Result<Url> parse_url(std::string_view text, UserPart user_part);

// without_passwords is `text` with "***" in the place of the password in every "scheme://user:password@host" in it, so
// that it can be shown.
std::string without_passwords(std::string_view text);

// beginning_of_url is what errors show of a text that should be a URL and is none: all before what may be a password,
// which begins at a ':' or '@' behind the "scheme://". "https//ada:..." of "https//ada:PASSWORD@host".
std::string beginning_of_url(std::string_view text);

// is_ip_literal and is_loopback judge a host as written; names are never resolved.
bool is_ip_literal(std::string_view host);
bool is_loopback(std::string_view host);

}  // namespace touchsts::codec
