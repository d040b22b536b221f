// Log-in at Okta: its authentication API, whose session opens the app's page.
#pragma once

#include "saml/log_in.h"

namespace touchsts::saml {

Result<Secret> by_okta(const LogInRequest& request, Web& web, io::Clock& clock, Helper& helper);

}  // namespace touchsts::saml
