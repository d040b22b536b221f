// Which host answers for IAM where its cryptography has to be validated (FIPS 140).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace touchsts::aws {

// iam_fips_host is IAM's FIPS endpoint in a partition (AWS SDKs' endpoint rules); Fault::configuration where AWS has
// none.
Result<std::string> iam_fips_host(std::string_view partition);

}  // namespace touchsts::aws
