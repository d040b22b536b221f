// AWS Signature Version 4 for POST requests with a form body (IAM User Guide, "Create a signed AWS API request").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::aws {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct SignableRequest {
  std::string method;
  std::string path;  // as sent, "/" for STS
  Headers headers;   // lower-case names; all of them are signed; "host" must be there
  std::string_view body;
};

struct SigningScope {
  std::string_view region;
  std::string_view service;
  Time now;
};

// sign returns the headers to add: x-amz-date, x-amz-security-token for temporary credentials, and authorization.
Headers sign(const SignableRequest& request, const Credentials& credentials, const SigningScope& scope);

}  // namespace touchsts::aws
