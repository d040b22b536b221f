#include "cli/obtaining.h"

#include <chrono>
#include <utility>

#include "cli/key_store.h"
#include "issue/identity.h"
#include "steps/step_runner.h"

namespace touchsts::cli {
namespace {

// NoCache is what a run without a cache has.
class NoCache : public issue::Cache {
 public:
  std::optional<aws::Credentials> find(const issue::Plan&, std::size_t, Time) override { return std::nullopt; }
  void keep(const issue::Plan&, std::size_t, const aws::Credentials&) override {}
};

// Both is our cache and one beside it.
class Both : public issue::Cache {
 public:
  Both(issue::Cache& ours, issue::Cache& beside) : ours_(ours), beside_(beside) {}

  std::optional<aws::Credentials> find(const issue::Plan& plan, std::size_t count, Time until) override {
    auto found = ours_.find(plan, count, until);
    return found ? std::move(found) : beside_.find(plan, count, until);
  }
  void keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) override {
    ours_.keep(plan, count, result);
    beside_.keep(plan, count, result);
  }

 private:
  issue::Cache& ours_;
  issue::Cache& beside_;
};

// Alone is a run that shares nothing with others.
class Alone : public issue::Flight {
 public:
  Result<std::optional<aws::Credentials>> join(const issue::Plan&, std::size_t, Time) override { return std::nullopt; }
  void finished(std::size_t) override {}
  void failed(const Error&) override {}
};

}  // namespace

Obtaining::Obtaining(const settings::Prepared& prepared,
                     keys::Store& keys,
                     const settings::Surroundings& around,
                     io::World& world,
                     Manner manner)
    : prepared_(prepared),
      keys_(keys),
      around_(around),
      world_(world),
      manner_(std::move(manner)),
      deadline_(world.clock.steady() + manner_.timeout),
      key_(keys),
      store_(open_entry_store(around, key_, world)),
      locks_(around.paths.cache_home,
             key_,
             manner_.use_cache ? std::optional(world.clock.steady() + std::chrono::milliseconds(manner_.timeout) / 2)
                               : std::nullopt,
             {world.files, world.clock, world.random, world.log}),
      flight_(locks_,
              store_,
              world.terminal,
              {.deadline = deadline_,
               .may_prompt = manner_.may_prompt,
               .shares_failures = !manner_.token_code,
               .tells = !manner_.answers_sdk}) {}

Result<aws::Credentials> Obtaining::credentials() {
  NoCache no_cache;
  Alone alone;
  if (manner_.use_cache) {
    TRY(key_.find());  // a key file that was named must be usable
  }
  issue::Cache& ours = manner_.use_cache ? static_cast<issue::Cache&>(store_) : no_cache;
  std::optional<Both> both;
  if (manner_.beside != nullptr && manner_.use_cache) {
    both.emplace(ours, *manner_.beside);
  }
  issue::Cache& cache = both ? *both : ours;
  issue::Flight& flight = manner_.use_cache ? static_cast<issue::Flight&>(flight_) : alone;
  steps::CodeSources codes{
      .given = std::move(manner_.token_code),
      .piped = manner_.code_on_stdin ? &world_.input : nullptr,
      .password = {.given = std::move(manner_.password), .piped = manner_.password_on_stdin ? &world_.input : nullptr},
      .may_prompt = manner_.may_prompt,
      .may_use_device = manner_.may_use_device,
      .may_outlive = manner_.use_cache && manner_.answers_sdk,
      .prepared = prepared_};
  steps::WorldRunner runner(world_, around_, prepared_, codes, locks_, keys_, deadline_);
  auto credentials = issue::carry_out(prepared_.plan, world_.clock.now(), manner_.reuse, cache, flight, runner);
  if (credentials && prepared_.network.unusable) {
    const std::string warning = "the next request will fail: " + in_one_line(*prepared_.network.unusable);
    world_.log.warn("{}", warning);
    if (!manner_.answers_sdk) {
      world_.terminal.tell(warning);
    }
  }
  return credentials;
}

Result<> Obtaining::check_keeping() {
  // Before a key is kept: a process without a session keyring gets one with that, for itself and its children.
  const auto shared = keys_.parts().keyring.probe(keys_.sources().scope);
  locks_.prepare();
  TRY(key_.find_or_make());
  if (!key_.kept_by_keyring() || shared) {
    return {};
  }
  return key_.refused() ? std::unexpected(*key_.refused()) : shared;
}

std::unique_ptr<io::Lock> Obtaining::claim_refresh() {
  const auto& plan = prepared_.plan;
  auto lock = locks_.open("refresh", issue::identity(plan, plan.steps.size()).reveal());
  return lock && lock->try_take().value_or(false) ? std::move(lock) : nullptr;
}

Result<> Obtaining::flush() {
  auto kept = store_.flush();
  if (!kept) {
    world_.log.warn("cache: {}", in_one_line(kept.error()));
    world_.terminal.tell("nothing is cached: " + in_one_line(kept.error()));
  } else if (const auto& advice = keys_.advice(); advice && !std::exchange(advised_, true)) {
    world_.terminal.tell("sessions are cached until this machine restarts: " + in_one_line(*advice));
  }
  return kept;
}

}  // namespace touchsts::cli
