// From the saml_ keys of a profile to a step that logs in.
#pragma once

#include "base/result.h"
#include "issue/plan.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// saml_role reads a profile that has saml_endpoint. Fault::configuration when its keys do not add up.
Result<issue::SamlRole> saml_role(const Surroundings& around, const ProfileView& profile);

}  // namespace touchsts::settings
