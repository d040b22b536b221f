// A page that asks for another one after a while: <meta http-equiv=refresh> and the header Refresh (WHATWG HTML,
// "shared declarative refresh steps").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace touchsts::saml {

struct Refresh {
  Seconds after{0};
  std::string url;  // as the page has it; "" means the page itself
};

// parse_refresh gives nothing for what browsers do not heed.
std::optional<Refresh> parse_refresh(std::string_view text);

}  // namespace touchsts::saml
