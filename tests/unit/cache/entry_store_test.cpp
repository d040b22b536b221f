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
  KeySources sources{.key_file = {}, .key_file_from = {}, .scope = io::KeyringScope::automatic, .store_id = "id"};
  MasterKey key{sources, world.files, world.keyring, world.random};
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
  MasterKey key(one.sources, one.world.files, one.world.keyring, one.world.random);
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

TEST_CASE("a key file must be private, ours, long enough and in a safe place") {
  fake::FakeWorld world;
  const KeySources sources{
      .key_file = "/k/file", .key_file_from = "--key-file", .scope = io::KeyringScope::off, .store_id = "id"};
  const auto found = [&] {
    MasterKey key(sources, world.files, world.keyring, world.random);
    const auto result = key.find();
    return result ? "found" : result.error().text;
  };
  CHECK(found().contains("there is no such file"));
  auto& file = world.files.files["/k/file"];
  file.text = std::string(32, 'k');
  CHECK(found() == "found");
  file.text = std::string(31, 'k');
  CHECK(found().contains("at least 32"));
  file.text = std::string(32, 'k');
  file.mode = 0640;
  CHECK(found().contains("nobody else"));
  file.mode = 0400;
  file.owned = false;
  CHECK(found().contains("yours"));
  file.owned = true;
  world.files.unsafe_parents.insert("/k/file");
  CHECK(found().contains("folder"));
}

}  // namespace touchsts::cache
