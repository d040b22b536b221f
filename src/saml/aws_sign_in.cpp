#include "saml/aws_sign_in.h"

#include <algorithm>

namespace touchsts::saml {

bool takes_assertions(const codec::Location& location) {
  const auto& [scheme, host, port] = location.origin;
  const auto is = [&host](std::string_view known) {
    return host == known || (host.ends_with(known) && host[host.size() - known.size() - 1] == '.');
  };
  const std::string_view path = std::string_view(location.target).substr(0, location.target.find('?'));
  return scheme == "https" && port == 443 && std::ranges::any_of(kSignInHosts, is) &&
         (path == "/saml" || path == "/saml/" || path.starts_with("/saml/acs/"));
}

}  // namespace touchsts::saml
