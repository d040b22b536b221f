// The work of one step of a plan, with the real world.
#pragma once

#include "base/time.h"
#include "flight/device_turn.h"
#include "flight/lock_files.h"
#include "io/world.h"
#include "issue/carry_out.h"
#include "keys/store.h"
#include "settings/plan_profile.h"
#include "settings/surroundings.h"
#include "steps/query_client.h"
#include "steps/stored_secret.h"
#include "steps/token_code.h"

namespace touchsts::steps {

// long_term_keys are the keys that a plan starts from, read from where `step` says that they stand.
Result<aws::Credentials> long_term_keys(io::World& world,
                                        const settings::Surroundings& around,
                                        const issue::LongTermKeys& step,
                                        const KeyAccess& access);

class WorldRunner : public issue::StepRunner {
 public:
  // Everything is borrowed; `deadline` ends all that the steps do.
  WorldRunner(io::World& world,
              const settings::Surroundings& around,
              const settings::Prepared& prepared,
              CodeSources& codes,
              flight::LockFiles& locks,
              keys::Store& keys,
              Deadline deadline);

  Result<aws::Credentials> run(const issue::Plan& plan,
                               const issue::Step& step,
                               const aws::Credentials* before) override;

 private:
  Result<aws::Credentials> run_step(const issue::LongTermKeys& step, const aws::Credentials* before);
  Result<aws::Credentials> run_step(const issue::SessionToken& step, const aws::Credentials* before);
  Result<aws::Credentials> run_step(const issue::AssumeRole& step, const aws::Credentials* before);
  Result<aws::Credentials> run_step(const issue::SamlRole& step, const aws::Credentials* before);

  // with_code gets a code, sends what `encode` makes of it, and goes on with another code when STS refuses it.
  template <class Encode>
  Result<aws::Credentials> with_code(const issue::Mfa& mfa, const aws::Credentials& signer, Encode encode);

  // unspent_code gets a code that was not sent before; a key's may be that of a moment to come.
  Result<TokenCode> unspent_code(flight::DeviceTurn& turn, Person& person, const issue::Mfa& mfa);
  Result<> wait_for(Time moment);

  // now is the wall clock, corrected once STS has told that ours makes wrong codes.
  Time now() { return world_.clock.now() + clock_offset_; }

  Result<aws::Credentials> without_code(const Secret& body, const aws::Credentials& signer);

  std::string session_name() const;

  io::World& world_;
  const settings::Surroundings& around_;
  CodeSources& codes_;
  flight::LockFiles& locks_;
  keys::Store& keys_;
  Deadline deadline_;
  std::optional<Error> unusable_;  // the network, for calls of STS
  Seconds clock_offset_{0};
  QueryClient sts_;
};

}  // namespace touchsts::steps
