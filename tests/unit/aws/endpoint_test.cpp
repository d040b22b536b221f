#include "aws/endpoint.h"

#include <doctest/doctest.h>

namespace touchsts::aws {
namespace {

std::string chosen(const EndpointWishes& wishes) {
  const auto endpoint = choose_endpoint(wishes);
  return endpoint ? codec::to_text(endpoint->origin) + " " + endpoint->signing_region
                  : "error: " + endpoint.error().text;
}

EndpointWishes region(std::string name) {
  EndpointWishes wishes;
  wishes.region = std::move(name);
  return wishes;
}

}  // namespace

TEST_CASE("every partition has its names") {
  struct Case {
    std::string_view region, plain, dualstack, fips;
  };
  static constexpr Case kCases[] = {
      {"eu-west-1", "sts.eu-west-1.amazonaws.com", "sts.eu-west-1.api.aws", "sts-fips.eu-west-1.amazonaws.com"},
      {"cn-north-1",
       "sts.cn-north-1.amazonaws.com.cn",
       "sts.cn-north-1.api.amazonwebservices.com.cn",
       "sts-fips.cn-north-1.amazonaws.com.cn"},
      {"us-gov-west-1",
       "sts.us-gov-west-1.amazonaws.com",
       "sts.us-gov-west-1.api.aws",
       "sts.us-gov-west-1.amazonaws.com"},
      {"eusc-de-east-1",
       "sts.eusc-de-east-1.amazonaws.eu",
       "sts.eusc-de-east-1.api.amazonwebservices.eu",
       "sts-fips.eusc-de-east-1.amazonaws.eu"},
      {"us-iso-east-1",
       "sts.us-iso-east-1.c2s.ic.gov",
       "sts.us-iso-east-1.api.aws.ic.gov",
       "sts-fips.us-iso-east-1.c2s.ic.gov"},
      {"us-isob-east-1",
       "sts.us-isob-east-1.sc2s.sgov.gov",
       "sts.us-isob-east-1.api.aws.scloud",
       "sts-fips.us-isob-east-1.sc2s.sgov.gov"},
      {"eu-isoe-west-1",
       "sts.eu-isoe-west-1.cloud.adc-e.uk",
       "sts.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
       "sts-fips.eu-isoe-west-1.cloud.adc-e.uk"},
      {"us-isof-south-1",
       "sts.us-isof-south-1.csp.hci.ic.gov",
       "sts.us-isof-south-1.api.aws.hci.ic.gov",
       "sts-fips.us-isof-south-1.csp.hci.ic.gov"},
  };
  for (const auto& [name, plain, dualstack, fips] : kCases) {
    CAPTURE(name);
    auto wishes = region(std::string(name));
    CHECK(chosen(wishes) == std::format("https://{} {}", plain, name));
    wishes.dualstack = true;
    CHECK(chosen(wishes) == std::format("https://{} {}", dualstack, name));
    CHECK(is_sts_host(choose_endpoint(wishes)->origin));
    wishes.dualstack = false;
    wishes.fips = true;
    CHECK(chosen(wishes) == std::format("https://{} {}", fips, name));
  }
}

TEST_CASE("legacy mode sends the old regions to the global endpoint, and no others") {
  auto wishes = region("eu-west-1");
  wishes.regional = RegionalEndpoints::legacy;
  CHECK(chosen(wishes) == "https://sts.amazonaws.com us-east-1");
  wishes.region = "eu-south-1";
  CHECK(chosen(wishes) == "https://sts.eu-south-1.amazonaws.com eu-south-1");
  wishes.region = "cn-north-1";
  CHECK(chosen(wishes) == "https://sts.cn-north-1.amazonaws.com.cn cn-north-1");
  CHECK(chosen(region("aws-global")) == "https://sts.amazonaws.com us-east-1");
}

TEST_CASE("without a region the role's partition decides") {
  EndpointWishes wishes;
  CHECK(chosen(wishes) == "https://sts.us-east-1.amazonaws.com us-east-1");
  wishes.partition = "aws-cn";
  CHECK(chosen(wishes) == "https://sts.cn-north-1.amazonaws.com.cn cn-north-1");
  wishes.partition = "aws-us-gov";
  CHECK(chosen(wishes) == "https://sts.us-gov-west-1.amazonaws.com us-gov-west-1");
}

TEST_CASE("what is no region never becomes a host") {
  for (const std::string name : {"evil.example/", "a b", "EU-WEST-1", "x", "-a-", "eu-west-1.evil.example", "a\r\nb"}) {
    CHECK(chosen(region(name)).starts_with("error: "));
  }
}

TEST_CASE("a custom endpoint excludes FIPS, and must be listed unless AWS runs it") {
  auto wishes = region("us-east-1");
  wishes.custom_url = "https://localhost:4566";
  wishes.custom_from = "AWS_ENDPOINT_URL";
  const auto endpoint = choose_endpoint(wishes);
  REQUIRE(endpoint);
  CHECK_FALSE(endpoint->usual);
  CHECK_FALSE(check_endpoint_allowed(*endpoint, {}));
  const codec::Origin allowed[] = {{"https", "localhost", 4566}};
  CHECK(check_endpoint_allowed(*endpoint, allowed));
  const codec::Origin other[] = {{"https", "localhost", 4567}};
  CHECK_FALSE(check_endpoint_allowed(*endpoint, other));
  wishes.fips = true;
  CHECK(chosen(wishes).starts_with("error: FIPS"));

  Endpoint plain{{"http", "example.com", 80}, "us-east-1", "a flag", false};
  const codec::Origin listed[] = {plain.origin, {"http", "127.0.0.1", 80}};
  CHECK_FALSE(check_endpoint_allowed(plain, listed));
  plain.origin.host = "127.0.0.1";
  CHECK(check_endpoint_allowed(plain, listed));
}

TEST_CASE("hosts that are AWS's, and hosts that look like it") {
  const auto is = [](std::string host) { return is_sts_host({"https", std::move(host), 443}); };
  CHECK(is("sts.amazonaws.com"));
  CHECK(is("vpce-0abc-x.sts.us-east-1.vpce.amazonaws.com"));
  for (const char* const host : {"sts.us-east-1.amazonaws.com.evil.example",
                                 "evil.example",
                                 "stsXus-east-1.amazonaws.com",
                                 "sts.a.b.amazonaws.com",
                                 "s3.us-east-1.amazonaws.com",
                                 "amazonaws.com",
                                 "sts..amazonaws.com",
                                 "x.vpce.amazonaws.com",
                                 "vpce-1.s3.us-east-1.vpce.amazonaws.com",
                                 "sts.us-east-1.evilamazonaws.com",
                                 // buckets, and other services' names
                                 "sts.s3.amazonaws.com",
                                 "sts.s3-us-west-2.amazonaws.com",
                                 "sts.s3-website-us-east-1.amazonaws.com",
                                 "sts.s3-accelerate.amazonaws.com",
                                 "sts.kinesis-us-east-1.amazonaws.com",
                                 "sts-fips.s3.amazonaws.com",
                                 "sts.local.amazonaws.com",
                                 "sts.us-east.amazonaws.com",
                                 "sts.us-1.amazonaws.com",
                                 "sts.us-east-123.amazonaws.com",
                                 "x.sts.s3.vpce.amazonaws.com",
                                 // another partition's suffix
                                 "sts.cn-north-1.amazonaws.com",
                                 "sts.us-east-1.amazonaws.com.cn",
                                 "sts.us-iso-east-1.amazonaws.com"}) {
    CAPTURE(host);
    CHECK_FALSE(is(host));
  }
  for (const char* const host : {"sts.us-gov-west-1.amazonaws.com",
                                 "sts.cn-north-1.amazonaws.com.cn",
                                 "sts.eusc-de-east-1.amazonaws.eu",
                                 "sts.us-isof-south-1.csp.hci.ic.gov",
                                 "sts.mx-central-1.amazonaws.com",
                                 "sts.us-east-1.api.aws"}) {
    CAPTURE(host);
    CHECK(is(host));
  }
  CHECK_FALSE(is_sts_host({"http", "sts.amazonaws.com", 80}));
  CHECK_FALSE(is_sts_host({"https", "sts.amazonaws.com", 8443}));
}

TEST_CASE("what is no region is refused where an endpoint would be built from it") {
  const auto text = [](EndpointWishes wishes) {
    const auto endpoint = choose_endpoint(wishes);
    return endpoint ? endpoint->origin.host : endpoint.error().text;
  };
  for (const char* const region :
       {"s3", "local", "us-east", "aws-cn-global", "aws-us-gov-global", "aws-iso-global", "aws-iso-b-global"}) {
    CAPTURE(region);
    CHECK(text({.region = region}).ends_with("is not a region of AWS"));
    // Other services name regions as they like.
    CHECK(text({.region = region, .custom_url = "https://sts.example"}) == "sts.example");
  }
  CHECK(text({.region = "aws-global"}) == "sts.amazonaws.com");
  CHECK(text({.region = "aws-global", .fips = true}).contains("has no FIPS and no dual-stack endpoint"));
  CHECK(text({.region = "aws-global", .dualstack = true}).contains("has no FIPS and no dual-stack endpoint"));
}

}  // namespace touchsts::aws
