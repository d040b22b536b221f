// What makes two requests the same, so that one answer serves both.
#pragma once

#include <cstddef>

#include "base/secret.h"
#include "issue/plan.h"

namespace touchsts::issue {

// identity serialises every parameter that can change the answer of the first `count` steps of `plan`, each field with
// its length in front (docs/cache-format.md). The name of the profile is not among them: two profiles that ask for the
// same thing share it. A made-up session name counts as "auto", an omitted duration as the service's own; how long an
// MFA session was asked to last does not count, nor in which region it was got.
Secret identity(const Plan& plan, std::size_t count);

}  // namespace touchsts::issue
