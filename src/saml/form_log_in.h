// Log-in by HTML forms: ADFS, SimpleSAMLphp, Shibboleth, Keycloak, and the end of every other one.
#pragma once

#include "saml/log_in.h"

namespace touchsts::saml {

// by_forms goes from a page to the assertion, at most a dozen pages on.
Result<Secret> by_forms(const LogInRequest& request, Page page, Password password, Web& web, Helper& helper);

}  // namespace touchsts::saml
