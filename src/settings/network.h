// How to reach STS: endpoint, proxy, certificates, attempts.
#pragma once

#include <optional>
#include <string_view>

#include "aws/endpoint.h"
#include "base/result.h"
#include "io/http.h"
#include "issue/plan.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

inline constexpr std::string_view kRegionFlag = "--region";  // the Place of a region that beats the environment

// chosen_region: --region, AWS_REGION, AWS_DEFAULT_REGION, or the profile's; "" when none is named.
std::string chosen_region(const Surroundings& around, const ProfileView& profile);

// choose_sts_endpoint follows AWS's order: flag, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the services section, the
// profile. `role_partition` decides where no region is named. Endpoints that are not AWS's must be allowed in
// config.toml (threat-model.md).
Result<aws::Endpoint> choose_sts_endpoint(const Surroundings& around,
                                          const ProfileView& profile,
                                          std::string_view flag_url,
                                          std::string_view role_partition);

// choose_iam_endpoint does the same for IAM (AWS_ENDPOINT_URL_IAM), which has one endpoint in each partition.
Result<aws::Endpoint> choose_iam_endpoint(const Surroundings& around,
                                          const ProfileView& profile,
                                          std::string_view partition);

// choose_network says which proxy and CA bundle serve `origin`. A setting that is no good makes the network unusable,
// and nothing else: a cached answer does not need it.
io::Network choose_network(const Surroundings& around, const ProfileView& profile, const codec::Origin& origin);

// choose_saml_bundle is saml_ca_bundle, if the profile has it; use_bundle replaces the bundle of `network` by it.
std::optional<issue::CaBundle> choose_saml_bundle(const Surroundings& around, const ProfileView& profile);
void use_bundle(const issue::CaBundle& bundle, io::Network& network);

// bypasses_proxy: NO_PROXY, a list, between commas or blanks, of names, domains (".corp" or "corp"), addresses and
// networks
// ("10.0.0.0/8"), each perhaps with a port, or "*". Loopback always does.
bool bypasses_proxy(std::string_view no_proxy, const codec::Origin& origin);

// check_sts_mode: AWS_STS_REGIONAL_ENDPOINTS or sts_regional_endpoints is "legacy" or "regional" if anything.
Result<> check_sts_mode(const Surroundings& around, const ProfileView& profile);

// choose_attempts is AWS_MAX_ATTEMPTS or max_attempts; 3 when neither is set, and 10 where it is more.
Result<int> choose_attempts(const Surroundings& around, const ProfileView& profile);

}  // namespace touchsts::settings
