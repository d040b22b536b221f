// Cookies of one log-in (RFC 6265, with what its successor draft-ietf-httpbis-rfc6265bis adds against neighbours).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "codec/location.h"

namespace touchsts::saml {

inline constexpr std::size_t kMostCookies = 100;
inline constexpr std::size_t kLargestCookie = 8192;  // bytes of name and value

// A CookieJar forgets everything when it goes. A cookie with `Domain` goes to every host of that domain; one whose
// Domain is a public suffix, or does not have the host that sent it, is no cookie.
class CookieJar {
 public:
  // take_in reads one Set-Cookie header that came from `from` (RFC 6265, 5.2 and 5.3). What is no cookie, is too large
  // or one too many, is Secure on a connection that is not, or breaks the promise of a name that begins with __Secure-
  // or __Host-, changes nothing.
  void take_in(std::string_view set_cookie, const codec::Location& from, Time now);

  // header is the value of the Cookie header for a request to `to` (RFC 6265, 5.4); empty when there is none to send.
  [[nodiscard]] Secret header(const codec::Location& to, Time now) const;

 private:
  struct Cookie {
    std::string domain;     // in lower case, without a dot at its front
    bool host_only = true;  // goes to the host `domain` and no other
    std::string path;
    std::string name;
    Secret value;
    bool secure = false;
    std::optional<Time> until;
  };

  std::vector<Cookie> cookies_;  // in the order in which they were first set
};

}  // namespace touchsts::saml
