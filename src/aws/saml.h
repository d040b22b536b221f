// SAML assertions as AWS takes them (SAML 2.0 Core, 2.7.3; IAM User Guide, "Configure SAML assertions").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/sts.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::aws {

inline constexpr std::size_t kLargestAssertion = 100'000;  // characters of base 64, by the API of STS

struct SamlRole {
  std::string role_arn;
  std::string principal_arn;  // of the identity provider that IAM knows
  bool operator==(const SamlRole&) const = default;
};

// Assertion is what a SAMLResponse says to AWS. Who trusts it is STS: nothing here is verified.
struct Assertion {
  std::vector<SamlRole> roles;              // in the order of the document, each once
  std::optional<Seconds> session_duration;  // that the identity provider asks for
};

// decode_assertion gives the XML of a form's SAMLResponse: base 64, which may be broken into lines. Fault::malformed
// when it is something else, or larger than STS takes.
Result<Secret> decode_assertion(const Secret& saml_response);

// read_assertion reads the value of a form's SAMLResponse: base 64, which may be broken into lines.
// Fault::malformed when it is none, has no role, or is encrypted; Fault::denied, with the identity provider's words,
// when it is a refusal.
Result<Assertion> read_assertion(const Secret& saml_response);

// choose_role gives the role with this ARN. Fault::denied, with the roles that there are, when it is not among them.
Result<SamlRole> choose_role(const Assertion& assertion, std::string_view role_arn);

// matching_roles gives the roles that `beginning` may mean: those of just that name, else those whose name (with or
// without its path) begins so, letters of either case alike; all of them when it is empty. Fault::denied when there is
// none.
Result<std::vector<SamlRole>> matching_roles(const Assertion& assertion, std::string_view beginning);

struct SamlRoleRequest {
  SamlRole role;
  std::string policy;  // may be empty
  std::vector<std::string> policy_arns;
  std::optional<Seconds> duration;
};

// encode_assume_role_with_saml makes the body of a POST that is not signed. The answer is for parse_credentials.
Secret encode_assume_role_with_saml(const SamlRoleRequest& request, const Secret& saml_response);

}  // namespace touchsts::aws
