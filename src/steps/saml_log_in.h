// A role by a log-in at an identity provider: the assertion from there, the credentials from STS.
#pragma once

#include "aws/credentials.h"
#include "aws/saml.h"
#include "base/result.h"
#include "issue/plan.h"
#include "saml/sent_secrets.h"
#include "steps/saml_parts.h"

namespace touchsts::steps {

// SamlLogIn is one run of a SamlRole step. Everything is borrowed.
class SamlLogIn {
 public:
  SamlLogIn(const SamlParts& parts, const issue::SamlRole& step) : parts_(parts), step_(step) {}

  // credentials logs in, has the role chosen, and assumes it.
  Result<aws::Credentials> credentials();

 private:
  Result<Secret> assertion();
  [[nodiscard]] Result<aws::Assertion> read_assertion(const Secret& response) const;
  Result<aws::SamlRole> choose(const aws::Assertion& assertion);

  SamlParts parts_;
  const issue::SamlRole& step_;
  saml::SentSecrets sent_;  // in the log-in of `assertion`
};

}  // namespace touchsts::steps
