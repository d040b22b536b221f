// One run of a plan, with the stores and locks that it needs.
#pragma once

#include <memory>
#include <optional>

#include "aws/credentials.h"
#include "base/secret.h"
#include "cache/entry_store.h"
#include "cache/session_key.h"
#include "flight/lock_files.h"
#include "flight/single_flight.h"
#include "io/world.h"
#include "issue/carry_out.h"
#include "keys/store.h"
#include "settings/plan_profile.h"
#include "settings/surroundings.h"
#include "steps/token_code.h"

namespace touchsts::cli {

struct Manner {
  issue::Reuse reuse = issue::Reuse::everything;
  std::optional<Secret> token_code;
  bool code_on_stdin = false;
  std::optional<Secret> password;
  bool password_on_stdin = false;
  bool may_prompt = true;
  bool may_use_device = true;  // else only what is cached can stand in for an MFA code
  bool use_cache = true;
  issue::Cache* beside = nullptr;  // see Invocation
  bool answers_sdk = false;
  Seconds timeout{55};
};

class Obtaining {
 public:
  // Everything is borrowed.
  Obtaining(const settings::Prepared& prepared,
            keys::Store& keys,
            const settings::Surroundings& around,
            io::World& world,
            Manner manner);

  Result<aws::Credentials> credentials();

  // check_keeping makes the key of sessions. The error says why the next run would not find what this one gets.
  Result<> check_keeping();

  // claim_refresh is held by one run at a time: who gets none leaves the refresh to another.
  std::unique_ptr<io::Lock> claim_refresh();

  // flush writes to the cache what came, and says on the terminal when that cannot be, which it also gives back.
  Result<> flush();

 private:
  const settings::Prepared& prepared_;
  keys::Store& keys_;
  const settings::Surroundings& around_;
  io::World& world_;
  Manner manner_;
  Deadline deadline_;
  cache::SessionKey key_;
  cache::EntryStore store_;
  flight::LockFiles locks_;
  flight::SingleFlight flight_;
  bool advised_ = false;
};

}  // namespace touchsts::cli
