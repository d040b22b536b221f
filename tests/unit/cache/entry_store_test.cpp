#include "cache/entry_store.h"

#include <doctest/doctest.h>

#include "fake/fake_world.h"

namespace touchsts::cache {
namespace {

issue::Plan plan_for(std::string role) {
  issue::Plan plan;
  plan.endpoint = {{"https", "sts.us-east-1.amazonaws.com", 443}, "us-east-1", "built", true};
  plan.steps.emplace_back(issue::LongTermKeys{.access_key_id = "AKIA", .profile = "base"});
  plan.steps.emplace_back(issue::SessionToken{.mfa = issue::Mfa{.serial = "serial", .process = {}}, .duration = {}});
  plan.steps.emplace_back(issue::AssumeRole{.request = {.role_arn = std::move(role)}, .mfa = {}});
  return plan;
}

aws::Credentials credentials(Time expires) {
  return {.access_key_id = "ASIA",
          .secret_access_key = Secret(std::string_view("s")),
          .session_token = Secret(std::string_view("t")),
          .expires = expires,
          .account_id = {}};
}

struct Setup {
  fake::FakeWorld world;
  keys::Store keys = world.key_store({.store_id = "id"});
  SessionKey key{keys};
  EntryStore store{"/home/ada/.cache", key, {world.files, world.clock, world.random, world.log}};

  std::map<std::string, std::vector<std::byte>>& files() {
    return world.files.folders["/home/ada/.cache/touchsts"].files;
  }
};

}  // namespace

TEST_CASE("what is kept is found after a flush, by another store with the same key") {
  Setup one;
  const auto plan = plan_for("role");
  const Time expires = one.world.clock.time + Seconds(3600);
  one.store.keep(plan, 3, credentials(expires));
  CHECK_FALSE(one.store.find(plan, 3, one.world.clock.time));  // nothing is written before the answer is out
  REQUIRE(one.store.flush());
  SessionKey key(one.keys);
  EntryStore other("/home/ada/.cache", key, {one.world.files, one.world.clock, one.world.random, one.world.log});
  REQUIRE(other.find(plan, 3, expires));
  CHECK_FALSE(other.find(plan, 3, expires + Seconds(1)));
  CHECK_FALSE(other.find(plan, 2, one.world.clock.time));
  CHECK_FALSE(other.find(plan_for("another"), 3, one.world.clock.time));
}

TEST_CASE("long-term keys are never kept") {
  Setup one;
  one.store.keep(plan_for("role"), 1, credentials(one.world.clock.time + Seconds(3600)));
  REQUIRE(one.store.flush());
  CHECK(one.files().empty());
}

TEST_CASE("entries swapped between names are misses") {
  Setup one;
  const Time expires = one.world.clock.time + Seconds(3600);
  one.store.keep(plan_for("a"), 3, credentials(expires));
  one.store.keep(plan_for("b"), 3, credentials(expires));
  REQUIRE(one.store.flush());
  REQUIRE(one.files().size() == 2);
  std::swap(one.files().begin()->second, one.files().rbegin()->second);
  CHECK_FALSE(one.store.find(plan_for("a"), 3, one.world.clock.time));
  CHECK_FALSE(one.store.find(plan_for("b"), 3, one.world.clock.time));
}

TEST_CASE("without a keyring nothing is cached and the reason is told") {
  Setup one;
  one.world.keyring.absent = true;
  one.store.keep(plan_for("a"), 3, credentials(one.world.clock.time + Seconds(3600)));
  const auto kept = one.store.flush();
  REQUIRE_FALSE(kept);
  CHECK(kept.error().fault == Fault::key_store);
  CHECK(one.files().empty());
}

TEST_CASE("a full disk is told, and the next run asks again") {
  Setup one;
  one.world.files.folders["/home/ada/.cache/touchsts"].full = true;
  one.store.keep(plan_for("a"), 3, credentials(one.world.clock.time + Seconds(3600)));
  CHECK_FALSE(one.store.flush());
  CHECK_FALSE(one.store.find(plan_for("a"), 3, one.world.clock.time));
}

TEST_CASE("what has expired is removed when something new is written") {
  Setup one;
  one.store.keep(plan_for("a"), 3, credentials(one.world.clock.time + Seconds(900)));
  REQUIRE(one.store.flush());
  one.world.clock.pass(Seconds(901));
  one.store.keep(plan_for("b"), 3, credentials(one.world.clock.time + Seconds(900)));
  REQUIRE(one.store.flush());
  CHECK(one.files().size() == 1);
  CHECK(one.store.list()->size() == 1);
  CHECK(*one.store.clear() == 1);
  CHECK(one.files().empty());
}

}  // namespace touchsts::cache
