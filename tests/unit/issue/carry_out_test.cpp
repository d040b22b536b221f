#include "issue/carry_out.h"

#include <functional>
#include <map>

#include <doctest/doctest.h>

namespace touchsts::issue {
namespace {

constexpr Time kNow{Seconds(1'700'000'000)};

Plan role_behind_mfa() {
  Plan plan;
  plan.steps.emplace_back(LongTermKeys{.access_key_id = "AKIA", .profile = "base"});
  plan.steps.emplace_back(
      SessionToken{.mfa = Mfa{.serial = "arn:aws:iam::123456789012:mfa/ada", .process = {}}, .duration = {}});
  plan.steps.emplace_back(AssumeRole{});
  return plan;
}

aws::Credentials lasting(Seconds life) {
  return {.access_key_id = "x", .secret_access_key = {}, .session_token = {}, .expires = kNow + life, .account_id = {}};
}

Plan plan_of(Step step) {
  Plan plan;
  plan.steps.push_back(std::move(step));
  return plan;
}

// Holds expiry times by number of steps, which is enough within one plan.
struct MemoryCache : Cache {
  std::map<std::size_t, Time> expiry;
  std::optional<aws::Credentials> find(const Plan&, std::size_t count, Time until) override {
    const auto entry = expiry.find(count);
    return entry != expiry.end() && entry->second >= until ? std::optional(lasting(entry->second - kNow))
                                                           : std::nullopt;
  }
  void keep(const Plan&, std::size_t count, const aws::Credentials& result) override {
    expiry[count] = *result.expires;
  }
};

// Writes down which steps ran and whether they were given credentials; refuses one if told to.
struct ScriptedRunner : StepRunner {
  std::string log;
  std::optional<std::size_t> refuse;
  Fault fault = Fault::denied;
  Result<aws::Credentials> run(const Plan&, const Step& step, const aws::Credentials* before) override {
    log += std::format("{}{} ", before != nullptr ? "+" : "-", step.index());
    if (refuse == step.index()) {
      return fail(fault, "not today");
    }
    auto made = lasting(Seconds(3600));
    if (std::holds_alternative<LongTermKeys>(step)) {
      made.expires.reset();
    }
    return made;
  }
};

// Another run has left `theirs`, by number of steps.
struct ScriptedFlight : Flight {
  std::map<std::size_t, Result<aws::Credentials>> theirs;
  std::string log;
  std::function<void()> joining;
  Result<std::optional<aws::Credentials>> join(const Plan&, std::size_t count, Time until) override {
    if (joining) {
      joining();
    }
    log += std::format("join {} for {}; ", count, (until - kNow).count());
    const auto found = theirs.find(count);
    if (found == theirs.end()) {
      return std::nullopt;
    }
    if (!found->second) {
      return std::unexpected(found->second.error());
    }
    return std::optional(std::move(*found->second));
  }
  void finished(std::size_t count) override { log += std::format("finished {}; ", count); }
  void failed(const Error& error) override { log += std::format("failed: {}; ", error.text); }
};

}  // namespace

TEST_CASE("a run alone joins the whole and each shared part before it does them; the whole ends with the run") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
  CHECK(flight.log == "join 3 for 900; join 2 for 60; finished 2; ");
  CHECK(runner.log == "-0 +1 +2 ");
  flight.log.clear();
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
  CHECK(flight.log.empty());  // what is held needs nobody
}

TEST_CASE("what another run leaves is taken, and only the rest is done") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  flight.theirs.emplace(3, lasting(Seconds(1800)));
  CHECK(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner)->expires == kNow + Seconds(1800));
  CHECK(runner.log.empty());
  flight.theirs.clear();
  flight.theirs.emplace(2, lasting(Seconds(1800)));
  flight.log.clear();
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
  CHECK(runner.log == "-0 +2 ");
  CHECK(flight.log == "join 3 for 900; join 2 for 60; ");
}

TEST_CASE("while a run waited others may have come further: it goes on from there") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  flight.joining = [&cache] { cache.expiry[2] = kNow + Seconds(3600); };
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
  CHECK(runner.log == "+2 ");
  CHECK(flight.log == "join 3 for 900; ");
}

TEST_CASE("why another run failed is the answer, and those who wait for us hear it, too") {
  for (const std::size_t where : {2U, 3U}) {
    MemoryCache cache;
    ScriptedFlight flight;
    ScriptedRunner runner;
    flight.theirs.emplace(where, fail(Fault::no_human, "nobody touched it"));
    const auto result = carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner);
    REQUIRE_FALSE(result);
    CHECK(result.error().fault == Fault::no_human);
    CHECK(flight.log.ends_with("failed: nobody touched it; "));
    CHECK_FALSE(runner.log.contains("+"));
  }
}

TEST_CASE("a run that renews shares the parts it would reuse, one that reuses nothing shares nothing") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::sessions_only, cache, flight, runner));
  CHECK(flight.log == "join 2 for 60; finished 2; ");
  flight.log.clear();
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::nothing, cache, flight, runner));
  CHECK(flight.log.empty());
}

TEST_CASE("with nothing cached every step runs, in order; all but long-term keys are kept") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
  CHECK(runner.log == "-0 +1 +2 ");
  CHECK(cache.expiry == std::map<std::size_t, Time>{{2, kNow + Seconds(3600)}, {3, kNow + Seconds(3600)}});
}

TEST_CASE("role credentials with a quarter of an hour left are handed out, with less they are not") {
  for (const auto& [left, log] : {std::pair(Seconds(900), ""), std::pair(Seconds(899), "-0 +1 +2 ")}) {
    MemoryCache cache;
    cache.expiry = {{3, kNow + left}};
    ScriptedFlight flight;
    ScriptedRunner runner;
    REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
    CHECK(runner.log == log);
  }
}

TEST_CASE("what is handed out lasts as long as min_ttl says, and is replaced ahead of that") {
  Plan plan = role_behind_mfa();
  plan.min_ttl = Seconds(1200);
  for (const auto& [left, log] : {std::pair(Seconds(1200), ""), std::pair(Seconds(1199), "-0 +1 +2 ")}) {
    MemoryCache cache;
    cache.expiry = {{3, kNow + left}};
    ScriptedFlight flight;
    ScriptedRunner runner;
    REQUIRE(carry_out(plan, kNow, Reuse::everything, cache, flight, runner));
    CHECK(runner.log == log);
  }
  CHECK(ahead_of_time(plan) == Seconds(1600));
  CHECK(ahead_of_time(plan_of(AssumeRole{})) == Seconds(1200));
  CHECK(ahead_of_time(plan_of(AssumeRole{.request = {.duration = Seconds(900)}, .mfa = {}})) == Seconds(400));
  plan.min_ttl = Seconds(1800);  // the most that is allowed: half of its life
  CHECK(ahead_of_time(plan) == Seconds(2400));
}

TEST_CASE("short sessions need a third of their life only") {
  CHECK(must_last(plan_of(AssumeRole{.request = {.duration = Seconds(900)}, .mfa = {}})) == Seconds(300));
  CHECK(must_last(plan_of(AssumeRole{.request = {.duration = Seconds(2700)}, .mfa = {}})) == Seconds(900));
  CHECK(must_last(plan_of(AssumeRole{})) == Seconds(900));
  CHECK(must_last(plan_of(SessionToken{})) == Seconds(900));
}

TEST_CASE("a session good for another minute spares the user the code") {
  for (const auto& [left, log] : {std::pair(Seconds(60), "+2 "), std::pair(Seconds(59), "-0 +1 +2 ")}) {
    MemoryCache cache;
    cache.expiry = {{2, kNow + left}};
    ScriptedFlight flight;
    ScriptedRunner runner;
    REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
    CHECK(runner.log == log);
  }
}

TEST_CASE("renewing a role uses the session; renewing the session uses nothing") {
  MemoryCache cache;
  cache.expiry = {{2, kNow + Seconds(3600)}, {3, kNow + Seconds(3600)}};
  ScriptedFlight flight;
  ScriptedRunner runner;
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::sessions_only, cache, flight, runner));
  CHECK(runner.log == "+2 ");
  runner.log.clear();
  REQUIRE(carry_out(role_behind_mfa(), kNow, Reuse::nothing, cache, flight, runner));
  CHECK(runner.log == "-0 +1 +2 ");
}

TEST_CASE("the first refusal ends the run and reaches the caller unchanged") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  runner.refuse = 1;
  const auto result = carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner);
  REQUIRE_FALSE(result);
  CHECK(result.error().fault == Fault::denied);
  CHECK(result.error().text == "not today");
  CHECK(runner.log == "-0 +1 ");
  CHECK(cache.expiry.empty());
}

TEST_CASE("when the service cannot be reached, what lasts another minute is better than nothing") {
  MemoryCache cache;
  cache.expiry = {{2, kNow + Seconds(3600)}, {3, kNow + Seconds(60)}};
  ScriptedFlight flight;
  ScriptedRunner runner;
  runner.refuse = 2;
  runner.fault = Fault::network;
  const auto old = carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner);
  REQUIRE(old);
  CHECK(old->expires == kNow + Seconds(60));
  runner.fault = Fault::denied;  // a refusal is no outage
  CHECK_FALSE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
  runner.fault = Fault::network;
  CHECK_FALSE(carry_out(role_behind_mfa(), kNow, Reuse::sessions_only, cache, flight, runner));
  cache.expiry[3] = kNow + Seconds(59);
  CHECK_FALSE(carry_out(role_behind_mfa(), kNow, Reuse::everything, cache, flight, runner));
}

TEST_CASE("the profile's account id fills in where the service tells none") {
  MemoryCache cache;
  ScriptedFlight flight;
  ScriptedRunner runner;
  auto plan = role_behind_mfa();
  plan.account_id = "210987654321";
  CHECK(carry_out(plan, kNow, Reuse::everything, cache, flight, runner)->account_id == "210987654321");
}

}  // namespace touchsts::issue
