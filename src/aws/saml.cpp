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
constexpr std::string_view kAssertion = "urn:oasis:names:tc:SAML:2.0:assertion";
constexpr std::string_view kProtocol = "urn:oasis:names:tc:SAML:2.0:protocol";
constexpr std::string_view kDurationAttribute = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

bool is_arn_of(std::string_view text, std::string_view kind) {
  const auto arn = parse_arn(text);
  return arn && arn->service == "iam" && arn->resource.starts_with(kind) && arn->resource.size() > kind.size() &&
         !arn->resource.ends_with('/');
}

// "ROLE,PRINCIPAL" or the other way about; names of roles may have commas, those of identity providers have none.
// Nothing when it is neither.
std::optional<SamlRole> parse_pair(std::string_view text) {
  for (auto comma = text.find(','); comma != std::string_view::npos; comma = text.find(',', comma + 1)) {
    SamlRole pair{std::string(codec::trimmed_lines(text.substr(0, comma))),
                  std::string(codec::trimmed_lines(text.substr(comma + 1)))};
    if (is_arn_of(pair.role_arn, "saml-provider/")) {
      std::swap(pair.role_arn, pair.principal_arn);
    }
    if (is_arn_of(pair.role_arn, "role/") && is_arn_of(pair.principal_arn, "saml-provider/") &&
        !pair.principal_arn.contains(',')) {
      return pair;
    }
  }
  return std::nullopt;
}

// What an identity provider says instead of an assertion (SAML 2.0 Core, 3.2.2).
struct Status {
  std::string code;     // of the answer; "" when it says nothing
  std::string reason;   // the code below that, which is more specific
  std::string message;  // for people
};

void read_status(const codec::Xml::Element& element, Status& status) {
  if (element.is("StatusCode", kProtocol)) {
    (status.code.empty() ? status.code : status.reason) = element.attribute("Value");
  } else if (element.is("StatusMessage", kProtocol)) {
    status.message = std::string(codec::trimmed_lines(element.text()));
  }
}

std::unexpected<Error> refused(const Status& status) {
  const std::string_view code = status.reason.empty() ? status.code : status.reason;
  const std::string_view why =
      status.message.empty() ? code.substr(code.rfind(':') + 1) : std::string_view(status.message);
  return fail(Fault::denied, "the identity provider refused the sign-in: {}", Untrusted{why});
}

bool read_value(const codec::Xml::Element& element, Assertion& assertion) {
  if (!element.is("AttributeValue", kAssertion) || !element.is_in("Attribute", kAssertion)) {
    return false;
  }
  const std::string_view attribute = element.parent_attribute("Name");
  if (attribute == kRoleAttribute) {
    auto role = parse_pair(element.text());
    if (role && !std::ranges::contains(assertion.roles, *role)) {
      assertion.roles.push_back(*std::move(role));
    }
  } else if (attribute == kDurationAttribute) {
    const std::string text = element.text();
    const auto seconds = codec::parse_number<int>(codec::trimmed_lines(text));
    if (seconds && Seconds(*seconds) >= kShortestDuration && Seconds(*seconds) <= kLongestRole) {
      assertion.session_duration = Seconds(*seconds);
    }
  }
  return true;
}

}  // namespace

Result<Secret> decode_assertion(const Secret& saml_response) {
  // STS counts characters of base 64, without the line ends that some identity providers put between them.
  const auto blank = [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; };
  const std::string_view whole = saml_response.reveal_text();
  if (whole.size() - static_cast<std::size_t>(std::ranges::count_if(whole, blank)) > kLargestAssertion) {
    return fail(
        Fault::malformed, "the SAML assertion is larger than the {} characters that STS takes", kLargestAssertion);
  }
  auto bytes = codec::base64_decode_lines(whole);
  if (!bytes || bytes->empty()) {
    return fail(Fault::malformed, "the SAML assertion is not base 64");
  }
  Secret text{std::span<const std::byte>(*bytes)};
  wipe(*bytes);
  return text;
}

Result<Assertion> read_assertion(const Secret& saml_response) {
  Secret text = TRY(decode_assertion(saml_response));
  const auto xml = TRY(within("the SAML assertion", codec::Xml::parse(std::move(text), codec::Xml::Markup::all)));
  Assertion assertion;
  Status status;
  bool encrypted = false;
  xml.each([&](const codec::Xml::Element& element) {
    encrypted = encrypted || element.is("EncryptedAssertion", kAssertion);
    if (!read_value(element, assertion)) {
      read_status(element, status);
    }
  });
  if (!status.code.empty() && !status.code.ends_with(":Success")) {
    return refused(status);
  }
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
