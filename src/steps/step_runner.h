// The work of one step of a plan, with the real world.
#pragma once

#include "base/time.h"
#include "io/world.h"
#include "issue/carry_out.h"
#include "settings/plan_profile.h"
#include "settings/surroundings.h"
#include "steps/query_client.h"
#include "steps/token_code.h"

namespace touchsts::steps {

class WorldRunner : public issue::StepRunner {
 public:
  // Everything is borrowed; `deadline` ends all that the steps do.
  WorldRunner(io::World& world,
              const settings::Surroundings& around,
              const settings::Prepared& prepared,
              CodeSources& codes,
              Deadline deadline);

  Result<aws::Credentials> run(const issue::Plan& plan,
                               const issue::Step& step,
                               const aws::Credentials* before) override;

 private:
  Result<aws::Credentials> run_step(const issue::LongTermKeys& step, const aws::Credentials* before);
  Result<aws::Credentials> run_step(const issue::SessionToken& step, const aws::Credentials* before);
  Result<aws::Credentials> run_step(const issue::AssumeRole& step, const aws::Credentials* before);

  // with_code asks for a code, sends what `encode` makes of it, and asks a person again when STS refuses it.
  template <class Encode>
  Result<aws::Credentials> with_code(const issue::Mfa& mfa, const aws::Credentials& signer, Encode encode);

  Result<aws::Credentials> without_code(const Secret& body, const aws::Credentials& signer);

  std::string session_name() const;

  io::World& world_;
  const settings::Surroundings& around_;
  CodeSources& codes_;
  Deadline deadline_;
  QueryClient sts_;
};

}  // namespace touchsts::steps
