#include "saml/log_in.h"

#include "saml/form_log_in.h"
#include "saml/okta_log_in.h"

namespace touchsts::saml {

Result<Secret> log_in(const LogInRequest& request, Web& web, io::Clock& clock, Helper& helper) {
  if (request.provider == Provider::okta) {
    return by_okta(request, web, clock, helper);
  }
  auto page = TRY(web.get(request.endpoint));
  return by_forms(request, std::move(page), Password::due, web, clock, helper);
}

}  // namespace touchsts::saml
