// Cookies of one log-in (RFC 6265), for the host that set them and no other.
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

// A CookieJar forgets everything when it goes. Stricter than the RFC in one thing: `Domain` is not heeded, so that no
// cookie reaches a neighbour of the host that set it.
class CookieJar {
 public:
  // take_in reads one Set-Cookie header that came from `from` (RFC 6265, 5.2 and 5.3). What is no cookie, is too large
  // or one too many, or is Secure on a connection that is not, changes nothing.
  void take_in(std::string_view set_cookie, const codec::Location& from, Time now);

  // header is the value of the Cookie header for a request to `to` (RFC 6265, 5.4); empty when there is none to send.
  [[nodiscard]] Secret header(const codec::Location& to, Time now) const;

 private:
  struct Cookie {
    std::string host;
    std::string path;
    std::string name;
    Secret value;
    bool secure = false;
    std::optional<Time> until;
  };

  std::vector<Cookie> cookies_;  // in the order in which they were first set
};

}  // namespace touchsts::saml
