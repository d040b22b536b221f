#include "aws/endpoint.h"

#include <algorithm>
#include <array>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::aws {
namespace {

struct Partition {
  std::string_view name;
  std::string_view region_prefixes;  // separated by blanks
  std::string_view suffix;
  std::string_view dualstack_suffix;
  std::string_view default_region;
};

// AWS SDKs' partitions.json.
constexpr std::array<Partition, 8> kPartitions = {{
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof- eu-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
}};

// Regions that legacy mode sends to the global endpoint (AWS SDKs and Tools Reference, "AWS STS Regional endpoints").
constexpr std::array<std::string_view, 16> kLegacyRegions = {"ap-northeast-1",
                                                             "ap-south-1",
                                                             "ap-southeast-1",
                                                             "ap-southeast-2",
                                                             "aws-global",
                                                             "ca-central-1",
                                                             "eu-central-1",
                                                             "eu-north-1",
                                                             "eu-west-1",
                                                             "eu-west-2",
                                                             "eu-west-3",
                                                             "sa-east-1",
                                                             "us-east-1",
                                                             "us-east-2",
                                                             "us-west-1",
                                                             "us-west-2"};

constexpr std::string_view kLegacyHost = "sts.amazonaws.com";

const Partition& partition_for_region(std::string_view region) {
  for (const auto& partition : kPartitions) {
    std::string_view prefixes = partition.region_prefixes;
    while (!prefixes.empty()) {
      const auto blank = prefixes.find(' ');
      if (region.starts_with(prefixes.substr(0, blank))) {
        return partition;
      }
      prefixes = blank == std::string_view::npos ? std::string_view() : prefixes.substr(blank + 1);
    }
  }
  return kPartitions.back();
}

const Partition& partition_named(std::string_view name) {
  const auto found = std::ranges::find(kPartitions, name, &Partition::name);
  return found != kPartitions.end() ? *found : kPartitions.back();
}

std::string host_for(const Partition& partition, std::string_view region, const EndpointWishes& wishes) {
  const std::string_view suffix = wishes.dualstack ? partition.dualstack_suffix : partition.suffix;
  // In GovCloud the plain names are the FIPS ones.
  const bool fips_name = wishes.fips && !(partition.name == "aws-us-gov" && !wishes.dualstack);
  return formatted("{}.{}.{}", fips_name ? "sts-fips" : "sts", region, suffix);
}

Result<Endpoint> custom_endpoint(const EndpointWishes& wishes, std::string_view region) {
  const auto from = wishes.custom_from;
  if (wishes.fips) {
    return hinted(fail(Fault::configuration, "FIPS endpoints and a custom endpoint ({}) exclude each other", from),
                  "drop use_fips_endpoint or the endpoint URL");
  }
  auto url = TRY(within(from, codec::parse_url(wishes.custom_url, codec::UserPart::refused)));
  const bool usual = is_sts_host(url.origin);
  return Endpoint{std::move(url.origin), std::string(region), from, usual};
}

// A part of a host's name that could be a bucket's, or a service's, is none: whoever owns that would get our requests.
bool is_region_of(std::string_view text, const Partition& partition) {
  return is_region(text) && partition_for_region(text).suffix == partition.suffix;
}

// "sts.eu-west-1" of "sts.eu-west-1.amazonaws.com"; "" when `host` does not end in ".SUFFIX".
std::string_view before_suffix(std::string_view host, std::string_view suffix) {
  const bool ends =
      host.size() > suffix.size() + 1 && host.ends_with(suffix) && host[host.size() - suffix.size() - 1] == '.';
  return ends ? host.substr(0, host.size() - suffix.size() - 1) : std::string_view();
}

// What stands before a partition's suffix: sts.REGION, sts-fips.REGION, or a VPC endpoint's LABELS.sts.REGION.vpce.
bool is_sts_name(std::string_view name, const Partition& partition) {
  constexpr std::string_view kVpc = ".vpce";
  if (name.ends_with(kVpc)) {
    name.remove_suffix(kVpc.size());
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos && name.substr(0, dot).ends_with(".sts") &&
           is_region_of(name.substr(dot + 1), partition);
  }
  constexpr std::string_view kServices[] = {"sts.", "sts-fips."};
  return std::ranges::any_of(kServices, [&](std::string_view service) {
    return name.starts_with(service) && is_region_of(name.substr(service.size()), partition);
  });
}

// "aws-cn-global" and its like name a partition in SDKs, and no region of it.
Result<> check_built(std::string_view region, const EndpointWishes& wishes) {
  if (region == "aws-global" && (wishes.fips || wishes.dualstack)) {
    return hinted(fail(Fault::configuration, "region aws-global has no FIPS and no dual-stack endpoint"),
                  "name a region, like us-east-1");
  }
  if (region != "aws-global" && !is_region(region)) {
    return hinted(fail(Fault::configuration, "'{}' is not a region of AWS", Untrusted{region}),
                  "name one like us-east-1, eu-central-1 or cn-north-1");
  }
  return {};
}

}  // namespace

std::string_view partition_of_region(std::string_view region) { return partition_for_region(region).name; }

std::string_view default_region(std::string_view partition) { return partition_named(partition).default_region; }

bool is_region(std::string_view text) {
  const auto is_letters = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= 'a' && c <= 'z'; });
  };
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 2 && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto first = text.substr(0, text.find('-'));
  const auto last = text.rfind('-');
  if (!is_letters(first) || (first.size() != 2 && first != "eusc") || last <= first.size() ||
      last == std::string_view::npos || !is_digits(text.substr(last + 1))) {
    return false;
  }
  std::string_view middle = text.substr(first.size() + 1, last - first.size() - 1);
  while (true) {
    const auto dash = middle.find('-');
    if (!is_letters(middle.substr(0, dash))) {
      return false;
    }
    if (dash == std::string_view::npos) {
      return true;
    }
    middle.remove_prefix(dash + 1);
  }
}

bool is_partition(std::string_view partition) {
  return std::ranges::find(kPartitions, partition, &Partition::name) != kPartitions.end();
}

EndpointKind kind_of(const Endpoint& endpoint) {
  return !endpoint.usual                       ? EndpointKind::custom
         : endpoint.origin.host == kLegacyHost ? EndpointKind::legacy_global
                                               : EndpointKind::regional;
}

Result<Endpoint> choose_endpoint(const EndpointWishes& wishes) {
  const bool named = !wishes.region.empty();
  const std::string region(named ? std::string_view(wishes.region) : default_region(wishes.partition));
  TRY(check_region(region));
  const Partition& partition = partition_for_region(region);
  const bool global = region == "aws-global";
  const std::string signing_region = global ? "us-east-1" : region;
  if (!wishes.custom_url.empty()) {
    return custom_endpoint(wishes, signing_region);
  }
  TRY(check_built(region, wishes));
  const std::string from =
      named ? "built from region " + region : "built from the partition's default region " + region;
  const bool legacy = wishes.regional == RegionalEndpoints::legacy && partition.name == "aws" && !wishes.fips &&
                      !wishes.dualstack && std::ranges::contains(kLegacyRegions, region);
  if (legacy || global) {
    return Endpoint{{"https", std::string(kLegacyHost), 443}, "us-east-1", from + " (legacy global endpoint)", true};
  }
  return Endpoint{{"https", host_for(partition, region, wishes), 443}, signing_region, from, true};
}

Result<Endpoint> choose_iam_endpoint(std::string_view partition, std::string_view custom_url, std::string custom_from) {
  const Partition& found = partition_named(partition);
  const std::string region(found.default_region);
  const std::string host = found.name == "aws"          ? "iam.amazonaws.com"
                           : found.name == "aws-us-gov" ? "iam.us-gov.amazonaws.com"
                                                        : formatted("iam.{}.{}", region, found.suffix);
  codec::Origin usual{"https", host, 443};
  if (custom_url.empty()) {
    return Endpoint{std::move(usual), region, formatted("IAM's of the partition {}", found.name), true};
  }
  auto url = TRY(within(custom_from, codec::parse_url(custom_url, codec::UserPart::refused)));
  const bool same = url.origin == usual;
  return Endpoint{std::move(url.origin), region, std::move(custom_from), same};
}

bool is_sts_host(const codec::Origin& origin) {
  if (origin.scheme != "https" || origin.port != 443) {
    return false;
  }
  if (origin.host == kLegacyHost) {
    return true;
  }
  return std::ranges::any_of(kPartitions, [&origin](const Partition& partition) {
    return is_sts_name(before_suffix(origin.host, partition.suffix), partition) ||
           is_sts_name(before_suffix(origin.host, partition.dualstack_suffix), partition);
  });
}

Result<> check_endpoint_allowed(const Endpoint& endpoint, std::span<const codec::Origin> allowed) {
  if (endpoint.usual) {
    return {};
  }
  const std::string text = codec::to_text(endpoint.origin);
  if (!std::ranges::contains(allowed, endpoint.origin)) {
    return hinted(
        fail(Fault::configuration, "the endpoint {} ({}) is not one of AWS's", Untrusted{text}, endpoint.from),
        formatted("to trust it with signed requests and MFA codes, add allowed_endpoints = [\"{}\"] to "
                  "touchsts' config.toml",
                  printable(text)));
  }
  if (endpoint.origin.scheme == "http" && !codec::is_loopback(endpoint.origin.host)) {
    return fail(Fault::configuration, "{}: plain http is only for this machine itself", Untrusted{text});
  }
  return {};
}

}  // namespace touchsts::aws
