// A log-in with a browser of this machine, in which a person does what scripts and security keys need.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "codec/location.h"
#include "issue/plan.h"
#include "steps/saml_parts.h"

namespace touchsts::steps {

// log_in_by_browser opens a window of the browser that `step` names, or of the first that is installed, with a profile
// of its own, and gives the value of SAMLResponse. One browser at a time has the profile.
Result<Secret> log_in_by_browser(const SamlParts& parts, const issue::SamlRole& step, const codec::Location& start);

}  // namespace touchsts::steps
