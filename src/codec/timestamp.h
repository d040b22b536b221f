// Points in time as text (RFC 3339, a profile of ISO 8601).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace touchsts::codec {

// to_rfc3339 writes "2026-11-21T08:42:38Z".
std::string to_rfc3339(Time time);

// to_basic writes "20261121T084238Z", the form of X-Amz-Date.
std::string to_basic(Time time);

// parse_rfc3339 reads a full date and time with 'Z' or a numeric offset, which may lack
// its colon as ISO 8601 allows; fractions of a second are cut off, a leap
// second counts as the second after it. Nothing when the text has any other shape or names no real day.
std::optional<Time> parse_rfc3339(std::string_view text);

// parse_http_date reads the one form that RFC 9110, section 5.6.7, lets senders use: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<Time> parse_http_date(std::string_view text);

// parse_cookie_date reads what servers put into Set-Cookie, in whatever order and form (RFC 6265, section 5.1.1).
std::optional<Time> parse_cookie_date(std::string_view text);

}  // namespace touchsts::codec
