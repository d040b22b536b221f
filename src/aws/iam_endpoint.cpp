#include "aws/iam_endpoint.h"

#include <algorithm>
#include <array>

#include "base/untrusted.h"

namespace touchsts::aws {
namespace {

struct Hosts {
  std::string_view partition, fips, dualstack, both;  // "" where there is none
};

// In GovCloud the plain name is the FIPS one.
constexpr std::array<Hosts, 4> kHosts = {
    Hosts{"aws", "iam-fips.amazonaws.com", "iam.global.api.aws", "iam-fips.global.api.aws"},
    Hosts{"aws-us-gov", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws", "iam.us-gov.api.aws"},
    Hosts{"aws-cn", "", "iam.global.api.amazonwebservices.com.cn", ""},
    Hosts{"aws-eusc", "", "iam.global.api.amazonwebservices.eu", ""},
};

}  // namespace

Result<std::string> iam_host(std::string_view partition, const IamWishes& wishes) {
  const auto* const found = std::ranges::find(kHosts, partition, &Hosts::partition);
  const Hosts hosts = found == kHosts.end() ? Hosts{} : *found;
  const std::string_view host = wishes.fips && wishes.dualstack ? hosts.both
                                : wishes.fips                   ? hosts.fips
                                                                : hosts.dualstack;
  if (host.empty()) {
    return hinted(fail(Fault::configuration,
                       "IAM has no {} endpoint in the partition {}",
                       wishes.fips ? "FIPS" : "dual-stack",
                       Untrusted{partition}),
                  wishes.fips ? "for this command set AWS_USE_FIPS_ENDPOINT=false, if that is allowed where you are"
                              : "for this command set AWS_USE_DUALSTACK_ENDPOINT=false");
  }
  return std::string(host);
}

}  // namespace touchsts::aws
