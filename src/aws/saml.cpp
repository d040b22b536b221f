#include "aws/saml.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "aws/form.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "codec/number.h"
#include "codec/xml.h"

namespace touchsts::aws {
namespace {

constexpr std::string_view kRoleAttribute = "https://aws.amazon.com/SAML/Attributes/Role";
constexpr std::string_view kDurationAttribute = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

// "ROLE,PRINCIPAL" or the other way about. Nothing when it is neither.
std::optional<SamlRole> parse_pair(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) {
    return std::nullopt;
  }
  SamlRole pair{std::string(codec::trimmed_lines(text.substr(0, comma))),
                std::string(codec::trimmed_lines(text.substr(comma + 1)))};
  const auto is = [](const std::string& text, std::string_view kind) {
    const auto arn = parse_arn(text);
    return arn && arn->service == "iam" && arn->resource.starts_with(kind);
  };
  if (is(pair.role_arn, "saml-provider/")) {
    std::swap(pair.role_arn, pair.principal_arn);
  }
  return is(pair.role_arn, "role/") && is(pair.principal_arn, "saml-provider/") ? std::optional(pair) : std::nullopt;
}

Result<Secret> decode(const Secret& saml_response) {
  if (saml_response.size() > kLargestAssertion) {
    return fail(
        Fault::malformed, "the SAML assertion is larger than the {} characters that STS takes", kLargestAssertion);
  }
  auto bytes = codec::base64_decode_lines(saml_response.reveal_text());
  if (!bytes || bytes->empty()) {
    return fail(Fault::malformed, "the SAML assertion is not base 64");
  }
  Secret text{std::span<const std::byte>(*bytes)};
  wipe(*bytes);
  return text;
}

}  // namespace

Result<Assertion> read_assertion(const Secret& saml_response) {
  Secret text = TRY(decode(saml_response));
  const auto xml = TRY(within("the SAML assertion", codec::Xml::parse(std::move(text))));
  Assertion assertion;
  bool encrypted = false;
  xml.each([&](const codec::Xml::Element& element) {
    encrypted = encrypted || element.local_name() == "EncryptedAssertion";
    if (element.local_name() != "AttributeValue") {
      return;
    }
    const std::string_view attribute = element.parent_attribute("Name");
    if (attribute == kRoleAttribute) {
      auto role = parse_pair(element.text());
      if (role && !std::ranges::contains(assertion.roles, *role)) {
        assertion.roles.push_back(*std::move(role));
      }
    } else if (attribute == kDurationAttribute) {
      const auto seconds = codec::parse_number<int>(codec::trimmed_lines(element.text()));
      if (seconds && Seconds(*seconds) >= kShortestDuration && Seconds(*seconds) <= kLongestRole) {
        assertion.session_duration = Seconds(*seconds);
      }
    }
  });
  if (assertion.roles.empty()) {
    return encrypted ? fail(Fault::malformed, "the SAML assertion is encrypted: its roles cannot be read")
                     : fail(Fault::malformed, "the SAML assertion has no role of AWS");
  }
  return assertion;
}

namespace {

std::unexpected<Error> no_such_role(const Assertion& assertion, std::string_view wanted) {
  std::string all;
  for (const auto& role : assertion.roles) {
    all += (all.empty() ? "" : ", ") + role.role_arn;
  }
  return hinted(fail(Fault::denied, "the identity provider does not let you have role {}", Untrusted{wanted}),
                formatted("it offers {}", Untrusted{all}));
}

// The role's name with its path, and without.
std::pair<std::string, std::string> names_of(const SamlRole& role) {
  const auto arn = parse_arn(role.role_arn);
  constexpr std::string_view kRole = "role/";
  const std::string name = arn ? codec::lower(arn->resource.substr(kRole.size())) : "";
  return {name, name.substr(name.rfind('/') + 1)};
}

}  // namespace

Result<std::vector<SamlRole>> matching_roles(const Assertion& assertion, std::string_view beginning) {
  const std::string wanted = codec::lower(beginning);
  std::vector<SamlRole> exact, beginnings;
  for (const auto& role : assertion.roles) {
    const auto [whole, name] = names_of(role);
    if (whole == wanted || name == wanted) {
      exact.push_back(role);
    } else if (whole.starts_with(wanted) || name.starts_with(wanted)) {
      beginnings.push_back(role);
    }
  }
  if (exact.empty() && beginnings.empty()) {
    return no_such_role(assertion, beginning);
  }
  return exact.empty() ? beginnings : exact;
}

Result<SamlRole> choose_role(const Assertion& assertion, std::string_view role_arn) {
  const auto found = std::ranges::find(assertion.roles, role_arn, &SamlRole::role_arn);
  if (found != assertion.roles.end()) {
    return *found;
  }
  return no_such_role(assertion, role_arn);
}

Secret encode_assume_role_with_saml(const SamlRoleRequest& request, const Secret& saml_response) {
  Form form("AssumeRoleWithSAML", kStsVersion);
  form.field("RoleArn", request.role.role_arn);
  form.field("PrincipalArn", request.role.principal_arn);
  SecretWriter whole;  // without the line ends that it may have
  for (const char& c : saml_response.reveal_text()) {
    if (c != '\r' && c != '\n' && c != ' ' && c != '\t') {
      whole.append(std::string_view(&c, 1));
    }
  }
  form.field("SAMLAssertion", whole.take().reveal_text());
  if (request.duration) {
    form.field("DurationSeconds", std::to_string(request.duration->count()));
  }
  form.optional_field("Policy", request.policy);
  for (std::size_t i = 0; i < request.policy_arns.size(); ++i) {
    form.field(formatted("PolicyArns.member.{}.arn", i + 1), request.policy_arns[i]);
  }
  return form.take();
}

}  // namespace touchsts::aws
