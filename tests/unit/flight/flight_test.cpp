#include <doctest/doctest.h>

#include "fake/fake_world.h"
#include "flight/device_turn.h"
#include "flight/single_flight.h"

namespace touchsts::flight {
namespace {

constexpr std::string_view kFolder = "/cache/touchsts/locks";
constexpr std::string_view kDevice = "arn:aws:iam::123456789012:mfa/ada";

issue::Plan plan(std::string role = "arn:aws:iam::123456789012:role/ops") {
  issue::Plan made;
  made.steps.emplace_back(issue::LongTermKeys{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .profile = "base"});
  aws::RoleRequest request;
  request.role_arn = std::move(role);
  made.steps.emplace_back(issue::AssumeRole{request, std::nullopt});
  return made;
}

// One process: its own session key object, locks and store over what all share.
struct Process {
  fake::FakeWorld& fake;
  keys::Store keys = fake.key_store({.store_id = "s"});
  cache::SessionKey key{keys};
  cache::EntryStore store{"/cache", key, {fake.files, fake.clock, fake.random, fake.log}};
  LockFiles locks;
  SingleFlight flight;

  explicit Process(fake::FakeWorld& world, bool may_prompt = true, bool shares_failures = true, bool makes_key = true)
      : fake(world),
        locks("/cache",
              key,
              makes_key ? std::optional(fake.clock.steady() + Seconds(27)) : std::nullopt,
              {fake.files, fake.clock, fake.random, fake.log}),
        flight(locks,
               store,
               fake.terminal,
               {.deadline = fake.clock.steady() + Seconds(55),
                .may_prompt = may_prompt,
                .shares_failures = shares_failures,
                .tells = true}) {}

  // "ours", "theirs", or what went wrong.
  std::string join(const issue::Plan& wanted = plan()) {
    const auto joined = flight.join(wanted, 2, fake.clock.now() + Seconds(900));
    return !joined ? joined.error().text : *joined ? "theirs" : "ours";
  }

  void leave_result(const issue::Plan& of = plan()) {
    store.keep(of,
               2,
               {.access_key_id = "ASIAIOSFODNN7EXAMPLE",
                .secret_access_key = Secret(std::string_view("s")),
                .session_token = Secret(std::string_view("t")),
                .expires = fake.clock.now() + Seconds(3600),
                .account_id = {}});
    CHECK(store.flush());
  }
};

std::size_t locks_held(fake::FakeWorld& fake) {
  const auto& locks = fake.files.folders[std::string(kFolder)].locks;
  return static_cast<std::size_t>(std::ranges::count_if(locks, [](const auto& lock) { return lock.second.held; }));
}

TEST_CASE("the first run has the work, and keeps the lock until it ends") {
  fake::FakeWorld fake;
  {
    Process first(fake);
    CHECK(first.join() == "ours");
    CHECK(locks_held(fake) == 1);
  }
  CHECK(locks_held(fake) == 0);
}

TEST_CASE("a part that is finished is in the store before others may go on") {
  fake::FakeWorld fake;
  Process first(fake);
  CHECK(first.join() == "ours");
  first.store.keep(plan(), 2, {.access_key_id = "A", .expires = fake.clock.now() + Seconds(3600)});
  first.flight.finished(2);
  CHECK(locks_held(fake) == 0);
  Process second(fake);
  CHECK(second.join() == "theirs");
}

TEST_CASE("who waits takes what is left, though the lock is still held, and says once that it waits") {
  fake::FakeWorld fake;
  Process first(fake);
  Process second(fake);
  CHECK(first.join() == "ours");
  int looks = 0;
  fake.clock.slept = [&] {
    if (++looks == 40) {
      first.leave_result();
    }
  };
  CHECK(second.join() == "theirs");
  CHECK(looks == 40);
  CHECK(locks_held(fake) == 1);
  CHECK(fake.terminal.told ==
        std::vector<std::string>{
            "waiting for another touchsts, which is getting these credentials; touch the YubiKey if it blinks"});
}

TEST_CASE("nobody is said to be waited for where nobody holds the lock, or only for a moment") {
  fake::FakeWorld fake;
  Process slow(fake);
  fake.clock.pass(Seconds(5));  // for a passphrase, say
  CHECK(slow.join() == "ours");
  CHECK(fake.terminal.told.empty());
  Process second(fake);
  fake.clock.pass(Seconds(5));
  int looks = 0;
  fake.clock.slept = [&] {
    if (++looks == 3) {
      slow.leave_result();
    }
  };
  CHECK(second.join() == "theirs");
  CHECK(fake.terminal.told.empty());
}

TEST_CASE("when the one that is waited for dies, another has the work") {
  fake::FakeWorld fake;
  auto first = std::make_unique<Process>(fake);
  Process second(fake);
  CHECK(first->join() == "ours");
  int looks = 0;
  fake.clock.slept = [&] {
    if (++looks == 3) {
      first.reset();
    }
  };
  CHECK(second.join() == "ours");
}

TEST_CASE("what was left just before the lock came free is not done again") {
  fake::FakeWorld fake;
  auto first = std::make_unique<Process>(fake);
  Process second(fake);
  CHECK(first->join() == "ours");
  for (auto& [name, lock] : fake.files.folders[std::string(kFolder)].locks) {
    lock.before_try = [&] {
      first->leave_result();
      first.reset();
    };
  }
  CHECK(second.join() == "theirs");
  CHECK(first == nullptr);
  CHECK(locks_held(fake) == 0);
}

TEST_CASE("different wishes do not wait for each other") {
  fake::FakeWorld fake;
  Process first(fake);
  Process second(fake);
  CHECK(first.join() == "ours");
  CHECK(second.join(plan("arn:aws:iam::123456789012:role/other")) == "ours");
}

TEST_CASE("a failure is that of all who began before it, and of nobody who began later") {
  fake::FakeWorld fake;
  auto first = std::make_unique<Process>(fake);
  Process waiting(fake);
  Process slow(fake);
  CHECK(first->join() == "ours");
  fake.clock.slept = [&] {
    if (first) {
      first->flight.failed({Fault::denied, "not today", "ask again tomorrow"});
      first.reset();
    }
  };
  CHECK(waiting.join() == "not today");
  CHECK(slow.join() == "not today");  // which did not have to wait any more
  CHECK(locks_held(fake) == 0);
  fake.clock.pass(Seconds(1));
  Process later(fake);
  CHECK(later.join() == "ours");
}

TEST_CASE("a failure of another boot, or in a torn note, is none") {
  fake::FakeWorld fake;
  Process early(fake);
  Process other(fake);
  {
    Process first(fake);
    CHECK(first.join() == "ours");
    fake.clock.pass(Seconds(1));
    first.flight.failed({Fault::denied, "not today", ""});
  }
  fake.clock.boot = "22222222-2222-2222-2222-222222222222";
  CHECK(early.join() == "ours");
  fake.clock.boot = fake::FakeClock().boot;
  for (auto& [name, lock] : fake.files.folders[std::string(kFolder)].locks) {
    lock.note.resize(lock.note.size() / 2);
  }
  CHECK(other.join() == "another touchsts was still getting these credentials");
}

TEST_CASE("nobody to ask is a failure only for who could not ask more people") {
  struct Case {
    bool leader_prompts, leader_terminal, waiter_prompts, waiter_terminal;
    bool inherits;
  };
  static constexpr Case kCases[] = {
      {true, true, true, true, true},
      {true, true, true, false, true},
      {true, true, false, false, true},
      {true, false, true, true, false},
      {true, false, true, false, true},
      {false, false, true, false, false},
      {false, true, true, true, false},
      {false, false, false, true, true},
  };
  for (const auto& [leader_prompts, leader_terminal, waiter_prompts, waiter_terminal, inherits] : kCases) {
    CAPTURE(leader_prompts);
    CAPTURE(leader_terminal);
    CAPTURE(waiter_prompts);
    CAPTURE(waiter_terminal);
    for (const Fault fault : {Fault::no_human, Fault::denied}) {
      fake::FakeWorld fake;
      Process waiter(fake, waiter_prompts);
      {
        Process first(fake, leader_prompts);
        CHECK(first.join() == "ours");
        fake.clock.pass(Seconds(1));
        fake.terminal.reached = leader_terminal;
        first.flight.failed({fault, "no", ""});
      }
      fake.terminal.reached = waiter_terminal;
      CHECK(waiter.join() == (inherits || fault == Fault::denied ? "no" : "ours"));
    }
  }
}

TEST_CASE("what is wrong with one run alone is not told to others") {
  for (const auto& [fault, leader_shares, waiter_shares] : {std::tuple(Fault::usage, true, true),
                                                            std::tuple(Fault::configuration, true, true),
                                                            std::tuple(Fault::internal, true, true),
                                                            std::tuple(Fault::denied, false, true),
                                                            std::tuple(Fault::denied, true, false)}) {
    fake::FakeWorld fake;
    Process waiter(fake, true, waiter_shares);
    {
      Process first(fake, true, leader_shares);
      CHECK(first.join() == "ours");
      fake.clock.pass(Seconds(1));
      first.flight.failed({fault, "no", ""});
    }
    CHECK(waiter.join() == "ours");
  }
}

TEST_CASE("waiting has an end") {
  fake::FakeWorld fake;
  Process first(fake);
  Process second(fake);
  CHECK(first.join() == "ours");
  CHECK(second.join() == "another touchsts was still getting these credentials");
  CHECK(fake.clock.steady() >= Deadline(Seconds(57)));
  CHECK(fake.clock.steady() < Deadline(Seconds(58)));
}

TEST_CASE("without locks everybody works, and the log says why once") {
  fake::FakeWorld fake;
  fake.files.folders[std::string(kFolder)].no_locks = true;
  fake.keyring.keys["touchsts:mk:s"] = std::string(32, 'k');
  Process first(fake);
  Process second(fake);
  CHECK(first.join() == "ours");
  CHECK(first.join(plan("arn:aws:iam::123456789012:role/other")) == "ours");
  CHECK(second.join() == "ours");
  CHECK(DeviceTurn::take(first.locks, std::string(kDevice), Deadline(Seconds(1))));
  CHECK(std::ranges::count(fake.log.lines,
                           "locking is unavailable, so runs do not wait for each other: Read-only file system") == 2);
}

TEST_CASE("many first runs agree on one session key; where there can be none they still meet") {
  fake::FakeWorld fake;
  Process first(fake);
  Process second(fake);
  CHECK(first.join() == "ours");
  const auto made = fake.keyring.keys;
  CHECK(made.size() == 1);
  first.leave_result();
  CHECK(second.join() == "theirs");
  CHECK(fake.keyring.keys == made);

  fake::FakeWorld bare;
  bare.keyring.absent = true;
  Process one(bare);
  Process two(bare);
  CHECK(one.join() == "ours");
  bare.clock.slept = [&] { one.flight.failed({Fault::denied, "not today", ""}); };
  CHECK(two.join() == "not today");
}

TEST_CASE("another run that unlocks the key is waited for, and is not waited for all the time there is") {
  for (const bool unlocks : {true, false}) {
    CAPTURE(unlocks);
    fake::FakeWorld fake;
    Process first(fake);
    auto& held = fake.files.folders[std::string(kFolder)].locks["master-key"].held;
    held = true;
    const auto began = fake.clock.steady();
    fake.clock.slept = [&] {
      if (unlocks && held && fake.clock.steady() - began > Seconds(25)) {
        held = false;
        CHECK(first.key.find_or_make());
      }
    };
    Process second(fake);
    CHECK(second.join() == "ours");
    CHECK(fake.keyring.keys.size() == 1);
    CHECK(fake.clock.steady() - began >= Seconds(25));
    CHECK(fake.clock.steady() - began < Seconds(28));
  }
}

TEST_CASE("names of locks tell nothing, and no key is made for who wants no cache") {
  fake::FakeWorld fake;
  Process with_key(fake);
  CHECK(with_key.join() == "ours");
  fake::FakeWorld other;
  Process without(other, true, true, false);
  CHECK(without.join() == "ours");
  CHECK(other.keyring.keys.empty());
  auto names = fake.files.folders[std::string(kFolder)].locks;
  names.erase("master-key");
  REQUIRE(names.size() == 1);
  CHECK(names.begin()->first.size() == 32);
  CHECK(names.begin()->first != other.files.folders[std::string(kFolder)].locks.begin()->first);
}

Secret code(std::string_view digits) { return Secret(digits); }

TEST_CASE("a code that was sent is not sent again by anybody, and its time step is over") {
  fake::FakeWorld fake;
  Process first(fake);
  Process second(fake);
  const Time now = fake.clock.now();  // 20 s into a step
  CHECK(now.time_since_epoch().count() % 30 == 20);
  {
    auto turn = *DeviceTurn::take(first.locks, std::string(kDevice), Deadline(Seconds(9)));
    CHECK(turn.usable_from(now) == now);
    CHECK_FALSE(turn.spent(code("123456")));
    turn.spend(now, code("123456"));
    CHECK(turn.spent(code("123456")));
  }
  auto turn = *DeviceTurn::take(second.locks, std::string(kDevice), Deadline(Seconds(9)));
  CHECK(turn.spent(code("123456")));
  CHECK_FALSE(turn.spent(code("123457")));
  CHECK(turn.usable_from(now) == now + Seconds(10));
  CHECK(turn.usable_from(now - Seconds(20)) == now + Seconds(10));
  CHECK(turn.usable_from(now + Seconds(10)) == now + Seconds(10));
  CHECK(turn.usable_from(now - Seconds(21)) == now - Seconds(21));
  turn.spend(now + Seconds(10), code("222222"));
  CHECK(turn.usable_from(now) == now + Seconds(40));
  // Another device has codes of its own.
  auto other = *DeviceTurn::take(first.locks, "GAHT12345678", Deadline(Seconds(9)));
  CHECK_FALSE(other.spent(code("123456")));
  CHECK(other.usable_from(now) == now);
}

TEST_CASE("a code that never left is not spent") {
  fake::FakeWorld fake;
  Process process(fake);
  const Time now = fake.clock.now();
  {
    auto turn = *DeviceTurn::take(process.locks, std::string(kDevice), Deadline(Seconds(9)));
    turn.spend(now - kTimeStep, code("111111"));
    turn.spend(now, code("222222"));
    turn.take_back();
  }
  auto turn = *DeviceTurn::take(process.locks, std::string(kDevice), Deadline(Seconds(9)));
  CHECK(turn.spent(code("111111")));
  CHECK_FALSE(turn.spent(code("222222")));
  CHECK(turn.usable_from(now) == now);
}

TEST_CASE("a spent code stays spent when the session key goes or is another one") {
  fake::FakeWorld fake;
  const Time now = fake.clock.now();
  {
    Process process(fake);
    auto turn = *DeviceTurn::take(process.locks, std::string(kDevice), Deadline(Seconds(9)));
    turn.spend(now, code("123456"));
  }
  REQUIRE_FALSE(fake.keyring.keys.empty());
  fake.keyring.keys.clear();  // as by `cache lock`; the next run makes another key, as after `cache rekey`
  for (int run = 0; run < 2; ++run) {
    Process process(fake);
    auto turn = *DeviceTurn::take(process.locks, std::string(kDevice), Deadline(Seconds(9)));
    CHECK(turn.spent(code("123456")));
    CHECK_FALSE(turn.spent(code("123457")));
    CHECK(turn.usable_from(now) == now + Seconds(10));
  }
  CHECK_FALSE(fake.keyring.keys.empty());
}

TEST_CASE("a device is used by one run at a time") {
  fake::FakeWorld fake;
  Process first(fake);
  Process second(fake);
  std::optional<DeviceTurn> turn = *DeviceTurn::take(first.locks, std::string(kDevice), Deadline(Seconds(9)));
  const auto late = DeviceTurn::take(second.locks, std::string(kDevice), fake.clock.steady() + Seconds(5));
  REQUIRE_FALSE(late);
  CHECK(late.error().text == "another touchsts used the MFA device arn:aws:iam::123456789012:mfa/ada all the time");
  fake.clock.slept = [&] { turn.reset(); };
  CHECK(DeviceTurn::take(second.locks, std::string(kDevice), fake.clock.steady() + Seconds(5)));
}

TEST_CASE("a clock put back by an hour brings no code back; the oldest are forgotten") {
  fake::FakeWorld fake;
  Process process(fake);
  const Time now = fake.clock.now();
  {
    auto turn = *DeviceTurn::take(process.locks, std::string(kDevice), Deadline(Seconds(9)));
    for (int i = 0; i < 130; ++i) {
      turn.spend(now + i * kTimeStep, code(std::to_string(100'000 + i)));
    }
  }
  auto turn = *DeviceTurn::take(process.locks, std::string(kDevice), Deadline(Seconds(9)));
  CHECK_FALSE(turn.spent(code("100001")));
  CHECK(turn.spent(code("100002")));
  CHECK(turn.usable_from(now + 129 * kTimeStep - Seconds(3600)) == now + 130 * kTimeStep - Seconds(20));
}

}  // namespace
}  // namespace touchsts::flight
