#include "cli/serve.h"

#include <utility>
#include <variant>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/entry_store.h"
#include "cli/deliver.h"
#include "cli/exit_codes.h"
#include "cli/open_cache.h"
#include "codec/timestamp.h"
#include "codec/url.h"
#include "flight/lock_files.h"
#include "flight/single_flight.h"
#include "issue/carry_out.h"
#include "steps/step_runner.h"

namespace touchsts::cli {
namespace {

constexpr std::size_t kLargestAnswer = 8192;  // bytes: what every SDK takes

// NoCache is what a run without a cache has.
class NoCache : public issue::Cache {
 public:
  std::optional<aws::Credentials> find(const issue::Plan&, std::size_t, Time) override { return std::nullopt; }
  void keep(const issue::Plan&, std::size_t, const aws::Credentials&) override {}
};

// Alone is a run that shares nothing with others.
class Alone : public issue::Flight {
 public:
  Result<std::optional<aws::Credentials>> join(const issue::Plan&, std::size_t, Time) override { return std::nullopt; }
  void finished(const issue::Plan&, std::size_t) override {}
  void failed(const Error&) override {}
};

cache::EntryStore open_store(const settings::Surroundings& around, cache::MasterKey& key, io::World& world) {
  return {around.paths.cache_home, key, {world.files, world.clock, world.random, world.log}};
}

void warn(io::World& world, const Error& error) {
  world.log.warn("cache: {}", in_one_line(error));
  world.terminal.tell("nothing is cached: " + in_one_line(error));
}

class Deliverer {
 public:
  Deliverer(const aws::Credentials& credentials, const settings::Prepared& prepared, io::World& world)
      : credentials_(credentials), prepared_(prepared), world_(world) {}

  Result<> operator()(const ProcessJson&) const {
    const Secret json = process_json(credentials_);
    if (json.size() > kLargestAnswer) {
      return fail(
          Fault::malformed, "the credentials are larger than the {} bytes that every SDK takes", kLargestAnswer);
    }
    return world_.output.result(json.reveal_text());
  }

  Result<> operator()(const Export& how) const {
    return world_.output.result(exports(credentials_, how.format, prepared_.profile, prepared_.region).reveal_text());
  }

  Result<> operator()(const Note&) const {
    if (!credentials_.expires) {
      return world_.output.result(
          formatted("profile {} has long-term keys and needs no session\n", Untrusted{prepared_.profile}));
    }
    return world_.output.result(formatted(
        "profile {}: credentials until {}\n", Untrusted{prepared_.profile}, codec::to_rfc3339(*credentials_.expires)));
  }

  Result<> operator()(const Exec&) const { return {}; }  // happens last, in serve

 private:
  const aws::Credentials& credentials_;
  const settings::Prepared& prepared_;
  io::World& world_;
};

int run_command(const Exec& exec,
                const aws::Credentials& credentials,
                const settings::Prepared& prepared,
                io::World& world) {
  const auto trouble =
      world.programs.become(exec.command, variables(credentials, prepared.region), dropped_variables());
  world.output.complaint(formatted("touchsts: exec: {}: {}\n", Untrusted{exec.command.front()}, trouble.why));
  return trouble.found ? kExecNotRunnable : kExecNotFound;
}

}  // namespace

Result<int> serve(Invocation invocation, const settings::Surroundings& around, io::World& world) {
  const auto prepared = TRY(settings::prepare(around, invocation.request));
  world.log.debug("plan: {} steps for profile {} at {}",
                  prepared.plan.steps.size(),
                  prepared.profile,
                  codec::to_text(prepared.plan.endpoint.origin));
  const auto sources = TRY(key_sources(invocation.key_file, around, world));
  cache::MasterKey key(sources, world.files, world.keyring, world.random);
  cache::EntryStore store = open_store(around, key, world);
  NoCache none;
  const bool use_cache = invocation.use_cache && around.own.cache_enabled;
  if (use_cache && !sources.key_file.empty()) {
    TRY(key.find());  // a key file that somebody named must be good
  }
  issue::Cache& cache = use_cache ? static_cast<issue::Cache&>(store) : none;
  const Deadline deadline = world.clock.steady() + invocation.timeout;
  flight::LockFiles locks(around.paths.cache_home, key, use_cache, {world.files, world.clock, world.random, world.log});
  const bool answers_sdk = std::holds_alternative<ProcessJson>(invocation.delivery);
  flight::SingleFlight shared(locks,
                              store,
                              world.terminal,
                              {.deadline = deadline,
                               .may_prompt = invocation.may_prompt,
                               .shares_failures = !invocation.token_code,
                               .tells = !answers_sdk});
  Alone alone;
  issue::Flight& flight = use_cache ? static_cast<issue::Flight&>(shared) : alone;

  steps::CodeSources codes{.given = std::move(invocation.token_code),
                           .may_prompt = invocation.may_prompt,
                           .may_outlive = use_cache && answers_sdk,
                           .prepared = prepared};
  steps::WorldRunner runner(world, around, prepared, codes, locks, deadline);
  const auto credentials =
      TRY(issue::carry_out(prepared.plan, world.clock.now(), invocation.reuse, cache, flight, runner));

  const auto delivered = std::visit(Deliverer(credentials, prepared, world), invocation.delivery);
  // Also when nobody took the answer: the next run then has it.
  if (const auto kept = store.flush(); !kept) {
    warn(world, kept.error());
  }
  TRY(delivered);
  if (const auto* const exec = std::get_if<Exec>(&invocation.delivery)) {
    return run_command(*exec, credentials, prepared, world);
  }
  return 0;
}

Result<int> log_out(const Invocation& invocation, const settings::Surroundings& around, io::World& world) {
  const auto prepared = TRY(settings::prepare(around, invocation.request));
  const auto sources = TRY(key_sources(invocation.key_file, around, world));
  cache::MasterKey key(sources, world.files, world.keyring, world.random);
  cache::EntryStore store = open_store(around, key, world);
  int removed = 0;
  for (std::size_t count = 1; count <= prepared.plan.steps.size(); ++count) {
    const auto name = store.name_of(prepared.plan, count);
    if (name && store.holds(*name)) {
      TRY(store.remove(*name));
      ++removed;
    }
  }
  return removed;
}

}  // namespace touchsts::cli
