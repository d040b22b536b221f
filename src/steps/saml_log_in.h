// A role by a log-in at an identity provider: the assertion from there, the credentials from STS.
#pragma once

#include "aws/credentials.h"
#include "aws/saml.h"
#include "base/result.h"
#include "flight/lock_files.h"
#include "io/world.h"
#include "issue/plan.h"
#include "keys/store.h"
#include "settings/surroundings.h"
#include "steps/query_client.h"
#include "steps/token_code.h"

namespace touchsts::steps {

// SamlLogIn is one run of a SamlRole step. Everything is borrowed.
class SamlLogIn {
 public:
  struct Parts {
    io::World& world;
    const settings::Surroundings& around;
    CodeSources& codes;
    flight::LockFiles& locks;
    keys::Store& keys;
    QueryClient& sts;
    Deadline deadline;
  };

  SamlLogIn(const Parts& parts, const issue::SamlRole& step) : parts_(parts), step_(step) {}

  // credentials logs in, has the role chosen, and assumes it.
  Result<aws::Credentials> credentials();

 private:
  Result<Secret> assertion();
  Result<aws::SamlRole> choose(const aws::Assertion& assertion);

  Parts parts_;
  const issue::SamlRole& step_;
};

}  // namespace touchsts::steps
