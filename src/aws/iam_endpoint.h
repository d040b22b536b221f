// Which host answers for IAM by FIPS 140 or by IPv6, as the AWS SDKs' endpoint rules have it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace touchsts::aws {

struct IamWishes {
  bool fips = false;       // validated cryptography (FIPS 140)
  bool dualstack = false;  // IPv4 and IPv6
};

// iam_host is IAM's host in a partition ("aws-us-gov") where at least one of the wishes is made; Fault::configuration
// where AWS has none.
Result<std::string> iam_host(std::string_view partition, const IamWishes& wishes);

}  // namespace touchsts::aws
