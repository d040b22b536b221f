#include "aws/iam_endpoint.h"

#include <string>

#include <doctest/doctest.h>

namespace touchsts::aws {
namespace {

std::string host(std::string_view partition, const IamWishes& wishes) {
  const auto found = iam_host(partition, wishes);
  return found ? *found : found.error().text;
}

}  // namespace

// Expected values are those of botocore 1.43's endpoint rules; of its FIPS names those that AWS lists ("AWS service
// endpoints", FIPS).
TEST_CASE("IAM's host by FIPS and dual stack") {
  CHECK(host("aws", {.fips = true}) == "iam-fips.amazonaws.com");
  CHECK(host("aws", {.dualstack = true}) == "iam.global.api.aws");
  CHECK(host("aws", {.fips = true, .dualstack = true}) == "iam-fips.global.api.aws");
  CHECK(host("aws-us-gov", {.fips = true}) == "iam.us-gov.amazonaws.com");
  CHECK(host("aws-us-gov", {.dualstack = true}) == "iam.us-gov.api.aws");
  CHECK(host("aws-us-gov", {.fips = true, .dualstack = true}) == "iam.us-gov.api.aws");
  CHECK(host("aws-cn", {.dualstack = true}) == "iam.global.api.amazonwebservices.com.cn");
  CHECK(host("aws-eusc", {.dualstack = true}) == "iam.global.api.amazonwebservices.eu");
}

TEST_CASE("what AWS does not have is refused") {
  CHECK(host("aws-cn", {.fips = true}) == "IAM has no FIPS endpoint in the partition aws-cn");
  CHECK(host("aws-cn", {.fips = true, .dualstack = true}) == "IAM has no FIPS endpoint in the partition aws-cn");
  CHECK(host("aws-iso", {.dualstack = true}) == "IAM has no dual-stack endpoint in the partition aws-iso");
}

}  // namespace touchsts::aws
