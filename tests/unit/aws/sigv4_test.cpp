#include "aws/sigv4.h"

#include <doctest/doctest.h>

namespace touchsts::aws {
namespace {

// The credentials and date of AWS's published test suite.
Credentials suite_credentials() {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = Secret(std::string_view("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
          .session_token = {},
          .expires = {},
          .account_id = {}};
}

constexpr Time kSuiteTime{Seconds(1440938160)};  // 20150830T123600Z

std::string authorization(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name == "authorization") {
      return value;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("post-vanilla of AWS's Signature Version 4 test suite") {
  const auto added = sign({"POST", "/", {{"host", "example.amazonaws.com"}}, ""},
                          suite_credentials(),
                          {"us-east-1", "service", kSuiteTime});
  CHECK(
      authorization(added) ==
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
      "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_CASE("post-x-www-form-urlencoded of AWS's Signature Version 4 test suite") {
  const SignableRequest request{
      "POST",
      "/",
      {{"content-type", "application/x-www-form-urlencoded"}, {"host", "example.amazonaws.com"}},
      "Param1=value1"};
  CHECK(authorization(sign(request, suite_credentials(), {"us-east-1", "service", kSuiteTime})) ==
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST_CASE("a session token is signed along") {
  auto credentials = suite_credentials();
  credentials.session_token = Secret(std::string_view("token"));
  const auto added = sign({"POST", "/", {{"host", "h"}}, ""}, credentials, {"us-east-1", "sts", kSuiteTime});
  CHECK(authorization(added).contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
}

}  // namespace touchsts::aws
