// Which host answers for STS: partitions, regional, legacy, FIPS and dual-stack names, custom endpoints and the rule
// which of them may see an MFA code.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/url.h"

namespace touchsts::aws {

// partition_of_region maps "eu-west-1" to "aws", "cn-north-1" to "aws-cn" and so on; an unknown region is "aws".
std::string_view partition_of_region(std::string_view region);

// is_region: what AWS calls regions, in every partition: us-east-1, us-gov-west-1, eusc-de-east-1. A name of that form
// need not be one yet.
bool is_region(std::string_view text);

// default_region: where STS is signed for when nothing names a region.
std::string_view default_region(std::string_view partition);

// is_partition: one we know.
bool is_partition(std::string_view partition);

enum class RegionalEndpoints { regional, legacy };

struct EndpointWishes {
  std::string region;     // empty: none named
  std::string partition;  // of the role ARN, used when no region is named; may be empty
  RegionalEndpoints regional = RegionalEndpoints::regional;
  bool fips = false;
  bool dualstack = false;
  std::string custom_url;   // empty: none
  std::string custom_from;  // where custom_url stands, for messages
};

// Endpoint is where a request goes and what it is signed for.
struct Endpoint {
  codec::Origin origin;
  std::string signing_region;
  std::string from;   // "built from region eu-west-1", "AWS_ENDPOINT_URL_STS", ...
  bool usual = true;  // a host that AWS runs for STS
};

// Which tokens of STS are good where depends on this: those of the legacy global endpoint are not taken by regions that
// an account has to opt in to (IAM User Guide, "Managing AWS STS in an AWS Region").
enum class EndpointKind { regional, legacy_global, custom };

EndpointKind kind_of(const Endpoint& endpoint);

// choose_endpoint builds the endpoint. Fails with Fault::configuration on contradictions (FIPS with a custom URL).
Result<Endpoint> choose_endpoint(const EndpointWishes& wishes);

// choose_iam_endpoint: IAM has one host in each partition. A custom URL is for Fault::configuration when it is no URL.
Result<Endpoint> choose_iam_endpoint(std::string_view partition, std::string_view custom_url, std::string custom_from);

// is_sts_host: https hosts that AWS serves STS on, in any partition, VPC endpoints included.
bool is_sts_host(const codec::Origin& origin);

// check_endpoint_allowed: an unusual endpoint must be in `allowed`, and even then http is only for loopback.
Result<> check_endpoint_allowed(const Endpoint& endpoint, std::span<const codec::Origin> allowed);

}  // namespace touchsts::aws
