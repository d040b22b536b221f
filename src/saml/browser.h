// Logging in with a browser, for identity providers that need scripts or a security key: a person does it, and the
// assertion is taken on its way to AWS (Chrome DevTools Protocol over a pipe: domains Target and Fetch).
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "codec/location.h"
#include "io/local_sockets.h"

namespace touchsts::saml {

// by_browser opens a window at `url` and gives the value of SAMLResponse; the person then sees a page that says so.
// `browser` speaks the protocol, with a zero byte after each message. Fault::no_human when the window is closed or the
// deadline passes before the person has logged in, Fault::device when the browser exits, Fault::malformed when it
// breaks the protocol.
// `destination` takes the assertion; AWS's sign-in when it is nothing.
Result<Secret> by_browser(io::LocalStream& browser,
                          std::string_view url,
                          const std::optional<codec::Location>& destination,
                          Deadline deadline);

// response_of gives the field SAMLResponse of a form (application/x-www-form-urlencoded).
std::optional<Secret> response_of(std::string_view form);

}  // namespace touchsts::saml
