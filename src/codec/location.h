// Where pages are, and references to them (RFC 3986, section 5; how browsers read them: WHATWG URL, 4.4).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/url.h"

namespace touchsts::codec {

inline constexpr std::size_t kLongestLocation = std::size_t{64} * 1024;  // bytes: SAML requests travel in queries

// Location is a page of a server. Fragments are not sent, and so not kept.
struct Location {
  Origin origin;
  std::string target;  // path and query, percent-encoded; starts with '/'

  bool operator==(const Location&) const = default;
};

std::string to_text(const Location& location);

// fragment_of gives the fragment of a URL with its '#', percent-encoded; "" when it has none. It is for a browser,
// whose pages may go by it.
std::string fragment_of(std::string_view url);

// parse_location reads an absolute http or https URL. Fault::malformed when it is none or has a user part.
Result<Location> parse_location(std::string_view text);

// resolve reads `reference` (of a Location header, a form's action or a <base>) as it stands in the page at `base`;
// an empty one means that page. Blanks around it and line breaks in it do not count, backslashes are slashes, and
// bytes that no URL has are percent-encoded. Fault::malformed when it is nothing that can be fetched (javascript:,
// ...).
Result<Location> resolve(const Location& base, std::string_view reference);

}  // namespace touchsts::codec
