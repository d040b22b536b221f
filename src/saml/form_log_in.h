// Log-in by HTML forms: ADFS, SimpleSAMLphp, Shibboleth, Keycloak, and the end of every other one.
#pragma once

#include "saml/log_in.h"

namespace touchsts::saml {

// by_forms goes from a page to the assertion, at most a dozen pages on. A page that comes back by itself, until a
// telephone is answered, is waited at: as long as it says, else a second and more, up to the deadline.
Result<Secret> by_forms(
    const LogInRequest& request, Page page, Password password, Web& web, io::Clock& clock, Helper& helper);

}  // namespace touchsts::saml
