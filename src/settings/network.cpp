#include "settings/network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>

#include "aws/iam_endpoint.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/number.h"

namespace touchsts::settings {
namespace {

constexpr int kMostAttempts = 10;

struct Sourced {
  std::string text;
  std::string from;
  std::string file;  // that has it; "" when none does
};

std::optional<Sourced> from_environment(const Surroundings& around, std::string_view name) {
  const std::string_view value = around.environment->get(name);
  return value.empty() ? std::nullopt : std::optional(Sourced{std::string(value), std::string(name), {}});
}

std::optional<Sourced> from_profile(const ProfileView& profile, std::string_view key) {
  const aws::Value* const value = profile.find(key);
  if (value == nullptr || value->text.empty()) {
    return std::nullopt;
  }
  return Sourced{value->text,
                 std::string(key) + " in " + value->place.text(),
                 value->place.line > 0 ? value->place.file : std::string()};
}

std::optional<Sourced> from_services(const Surroundings& around, const ProfileView& profile, std::string_view service) {
  const std::string name(profile.text("services"));
  const aws::Profile* const section = around.profiles.find(name, aws::Profiles::Kind::services);
  const aws::Value* const keys = section != nullptr ? section->find(service) : nullptr;
  if (keys == nullptr) {
    return std::nullopt;
  }
  for (const auto& [key, value] : keys->sub) {
    if (codec::same_word(key, "endpoint_url") && !value.empty()) {
      return Sourced{value, "services section " + name + " in " + keys->place.text(), keys->place.file};
    }
  }
  return std::nullopt;
}

// A bundle that a file names counts as far as the file does.
issue::CaBundle bundle_of(const Surroundings& around, const Sourced& named) {
  issue::CaBundle bundle{.file = path_in(around, named.text, named.file), .from = named.from, .unusable = {}};
  if (const auto distrust = named.file.empty() ? std::nullopt : around.files->distrust(named.file)) {
    bundle.unusable =
        Error{Fault::configuration, formatted("{} does not count: {}", named.from, distrust->why), distrust->remedy};
  }
  return bundle;
}

bool is_true(std::string_view text) { return text == "true" || text == "TRUE" || text == "True"; }

struct ServiceName {
  std::string_view section;
  std::string_view variable;
};
constexpr ServiceName kSts{"sts", "AWS_ENDPOINT_URL_STS"};
constexpr ServiceName kIam{"iam", "AWS_ENDPOINT_URL_IAM"};

std::optional<Sourced> custom_url(const Surroundings& around,
                                  const ProfileView& profile,
                                  const ServiceName& service,
                                  std::string_view flag_url) {
  if (!flag_url.empty()) {
    return Sourced{std::string(flag_url), "--endpoint-url", {}};
  }
  const bool ignored = is_true(around.environment->get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) ||
                       profile.flag("ignore_configured_endpoint_urls");
  if (ignored) {
    return std::nullopt;
  }
  if (auto url = from_environment(around, service.variable)) {
    return url;
  }
  if (auto url = from_environment(around, "AWS_ENDPOINT_URL")) {
    return url;
  }
  if (auto url = from_services(around, profile, service.section)) {
    return url;
  }
  return from_profile(profile, "endpoint_url");
}

bool chosen(const Surroundings& around, const ProfileView& profile, std::string_view variable, std::string_view key) {
  const std::string_view value = around.environment->get(variable);
  return value.empty() ? profile.flag(key) : is_true(value);
}

// Which of its two kinds of endpoints STS is asked at.
Sourced sts_mode(const Surroundings& around, const ProfileView& profile) {
  auto variable = from_environment(around, "AWS_STS_REGIONAL_ENDPOINTS");
  return variable ? *std::move(variable)
                  : Sourced{std::string(profile.text("sts_regional_endpoints")), "sts_regional_endpoints", {}};
}

// An address of either family as 16 bytes, IPv4 in its mapped form.
std::optional<in6_addr> address_of(std::string_view text) {
  in6_addr address{};
  const std::string copy(text);
  if (inet_pton(AF_INET6, copy.c_str(), &address) == 1 ||
      inet_pton(AF_INET6, ("::ffff:" + copy).c_str(), &address) == 1) {
    return address;
  }
  return std::nullopt;
}

bool in_network(std::string_view network, std::string_view host) {
  const auto slash = network.find('/');
  const auto base = address_of(network.substr(0, slash));
  const auto address = address_of(host);
  if (!base || !address) {
    return false;
  }
  unsigned bits = 128;
  if (slash != std::string_view::npos) {
    const auto number = codec::parse_number<unsigned>(network.substr(slash + 1));
    const bool v4 = !network.substr(0, slash).contains(':');
    if (!number || *number > (v4 ? 32U : 128U)) {
      return false;
    }
    bits = *number;
    bits += v4 ? 96 : 0;
  }
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if ((base->s6_addr[bit / 8] & mask) != (address->s6_addr[bit / 8] & mask)) {
      return false;
    }
  }
  return true;
}

// HostAndPort is an entry of NO_PROXY: "host", "host:port", "[address]:port", or an address of IPv6 as it is.
struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<HostAndPort> split_entry(std::string_view entry) {
  const auto bracket = entry.find(']');
  if (entry.starts_with('[')) {
    const std::string_view rest = bracket != std::string_view::npos ? entry.substr(bracket + 1) : "?";
    if (!rest.empty() && !rest.starts_with(':')) {
      return std::nullopt;
    }
    const std::string_view host = entry.substr(1, bracket - 1);
    return rest.empty() ? HostAndPort{host, std::nullopt} : HostAndPort{host, rest.substr(1)};
  }
  const auto colon = entry.rfind(':');
  const bool has_port = colon != std::string_view::npos && entry.find(':') == colon;
  return has_port ? HostAndPort{entry.substr(0, colon), entry.substr(colon + 1)} : HostAndPort{entry, std::nullopt};
}

// A name may end in a dot, which says that it is whole.
std::string_view without_last_dot(std::string_view name) {
  return name.size() > 1 && name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool matches(std::string_view written, const codec::Origin& origin) {
  const std::string lower = codec::lower(written);  // as the origin's host is
  const auto entry = split_entry(lower);
  if (!entry || (entry->port && *entry->port != std::to_string(origin.port))) {
    return false;
  }
  if (entry->host == "*") {
    return true;
  }
  const std::string_view name = without_last_dot(entry->host);
  const std::string_view host = without_last_dot(origin.host);
  if (name == host || in_network(name, host)) {
    return true;
  }
  const std::string domain((name.starts_with("*.") || name.starts_with('.') ? "" : ".") +
                           std::string(name.starts_with("*.") ? name.substr(1) : name));
  return domain.size() > 1 && !codec::is_ip_literal(origin.host) && host.ends_with(domain);
}

}  // namespace

std::string chosen_region(const Surroundings& around, const ProfileView& profile) {
  const aws::Value* const value = profile.find("region");
  if (value != nullptr && value->place.file == kRegionFlag) {
    return value->text;
  }
  for (const std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const std::string_view region = around.environment->get(name); !region.empty()) {
      return std::string(region);
    }
  }
  return value != nullptr ? value->text : "";
}

Result<> check_sts_mode(const Surroundings& around, const ProfileView& profile) {
  const auto mode = sts_mode(around, profile);
  if (mode.text.empty() || mode.text == "legacy" || mode.text == "regional") {
    return {};
  }
  return fail(Fault::configuration, "{} '{}' is neither legacy nor regional", mode.from, Untrusted{mode.text});
}

Result<aws::Endpoint> choose_sts_endpoint(const Surroundings& around,
                                          const ProfileView& profile,
                                          std::string_view flag_url,
                                          std::string_view role_partition) {
  aws::EndpointWishes wishes;
  wishes.region = chosen_region(around, profile);
  wishes.partition = role_partition;
  wishes.regional =
      sts_mode(around, profile).text == "legacy" ? aws::RegionalEndpoints::legacy : aws::RegionalEndpoints::regional;
  wishes.fips = chosen(around, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  wishes.dualstack = chosen(around, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (auto url = custom_url(around, profile, kSts, flag_url)) {
    wishes.custom_url = std::move(url->text);
    wishes.custom_from = std::move(url->from);
  }
  auto endpoint = TRY(aws::choose_endpoint(wishes));
  TRY(aws::check_endpoint_allowed(endpoint, around.own.allowed_endpoints));
  return endpoint;
}

namespace {

// FIPS and dual stack, which IAM does not have everywhere: what is wished for and cannot be had is refused.
Result<> use_wishes(const Surroundings& around,
                    const ProfileView& profile,
                    std::string_view partition,
                    const Sourced& custom,
                    aws::Endpoint& endpoint) {
  const bool fips = chosen(around, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  if (fips && !custom.text.empty()) {
    return hinted(
        fail(Fault::configuration, "FIPS endpoints and a custom endpoint ({}) exclude each other", custom.from),
        "drop use_fips_endpoint or the endpoint URL");
  }
  const bool dualstack =
      custom.text.empty() && chosen(around, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (fips || dualstack) {
    endpoint.origin.host = TRY(aws::iam_host(partition, {.fips = fips, .dualstack = dualstack}));
    endpoint.from += fips && dualstack ? " (FIPS, dual-stack)" : fips ? " (FIPS)" : " (dual-stack)";
  }
  return {};
}

}  // namespace

Result<aws::Endpoint> choose_iam_endpoint(const Surroundings& around,
                                          const ProfileView& profile,
                                          std::string_view partition) {
  const auto url = custom_url(around, profile, kIam, "").value_or(Sourced{});
  auto endpoint = TRY(aws::choose_iam_endpoint(partition, url.text, url.from));
  TRY(use_wishes(around, profile, partition, url, endpoint));
  TRY(aws::check_endpoint_allowed(endpoint, around.own.allowed_endpoints));
  return endpoint;
}

bool bypasses_proxy(std::string_view no_proxy, const codec::Origin& origin) {
  if (codec::is_loopback(origin.host)) {
    return true;
  }
  std::string entries(no_proxy);
  std::ranges::replace_if(entries, [](char c) { return c == ' ' || c == '\t'; }, ',');
  for (const auto& entry : words(entries)) {
    if (matches(entry, origin)) {
      return true;
    }
  }
  return false;
}

std::optional<issue::CaBundle> choose_saml_bundle(const Surroundings& around, const ProfileView& profile) {
  const auto named = from_profile(profile, "saml_ca_bundle");
  return named ? std::optional(bundle_of(around, *named)) : std::nullopt;
}

void use_bundle(const issue::CaBundle& bundle, io::Network& network) {
  network.ca_bundle = bundle.file;
  network.ca_bundle_from = bundle.from;
  if (bundle.unusable) {
    network.unusable = bundle.unusable;
  }
}

io::Network choose_network(const Surroundings& around, const ProfileView& profile, const codec::Origin& origin) {
  io::Network network;
  const bool bundle_named = around.environment->has("AWS_CA_BUNDLE") || profile.find("ca_bundle") != nullptr;
  auto bundle = from_environment(around, "AWS_CA_BUNDLE");
  if (!bundle && !around.environment->has("AWS_CA_BUNDLE")) {
    bundle = from_profile(profile, "ca_bundle");
  }
  if (bundle) {
    use_bundle(bundle_of(around, *bundle), network);
  } else if (bundle_named) {
    network.unusable = Error{Fault::configuration,
                             "the CA bundle (AWS_CA_BUNDLE or ca_bundle) is set but empty",
                             "name a PEM file, or unset it to trust the system's certificates"};
  }
  auto proxy = from_environment(around, "HTTPS_PROXY");
  proxy = proxy ? proxy : from_environment(around, "https_proxy");
  const auto exceptions = from_environment(around, "NO_PROXY");
  const std::string_view no_proxy =
      exceptions ? std::string_view(exceptions->text) : around.environment->get("no_proxy");
  if (proxy && !bypasses_proxy(no_proxy, origin)) {
    network.proxy_url = proxy->text.contains("://") ? proxy->text : "http://" + proxy->text;
    network.proxy_from = proxy->from;
    if (auto url = within(proxy->from, codec::parse_url(network.proxy_url, codec::UserPart::allowed)); !url) {
      network.unusable = std::move(url).error();
    }
  }
  return network;
}

Result<int> choose_attempts(const Surroundings& around, const ProfileView& profile) {
  const std::string_view variable = around.environment->get("AWS_MAX_ATTEMPTS");
  const std::string_view text = variable.empty() ? profile.text("max_attempts") : variable;
  if (text.empty()) {
    return 3;
  }
  constexpr std::string_view kDigits = "0123456789";
  std::string_view number = codec::trimmed(text);
  if (number.starts_with('+')) {  // as Python reads numbers
    number.remove_prefix(1);
  }
  const auto attempts = codec::parse_number<int>(number);
  const bool enormous = !number.empty() && number.find_first_not_of(kDigits) == std::string_view::npos && !attempts;
  if (enormous || (attempts && *attempts >= 1)) {
    return enormous ? kMostAttempts : std::min(*attempts, kMostAttempts);
  }
  return fail(Fault::configuration,
              "{} '{}' is not a number from 1 on",
              variable.empty() ? "max_attempts" : "AWS_MAX_ATTEMPTS",
              Untrusted{text});
}

}  // namespace touchsts::settings
