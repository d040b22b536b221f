#include "keys/store.h"

#include <deque>

#include <doctest/doctest.h>

#include "cache/session_key.h"
#include "fake/fake_world.h"

namespace touchsts::keys {
namespace {

constexpr PasswordWork kLittleWork{.argon2 = {.memory = 8, .passes = 1}};

struct Typist : Asker {
  std::deque<std::string> passphrases;
  int asked = 0;
  Deadline deadline() override { return Deadline(Seconds(60)); }
  Result<Secret> passphrase(bool) override {
    ++asked;
    if (passphrases.empty()) {
      return fail(Fault::no_human, "nobody typed a passphrase");
    }
    Secret typed(passphrases.front());
    passphrases.pop_front();
    return typed;
  }
};

struct Setup {
  fake::FakeWorld world;
  Typist typist;
  Store store = another();

  Store another() { return world.key_store({.store_id = "id", .data_home = "/home/ada/.local/share"}); }

  std::string open(Asker* asker) {
    auto key = store.open(asker);
    return !key ? key.error().text : *key ? std::string((*key)->reveal_text()) : "none";
  }
  void reboot() { world.keyring.keys.clear(); }
  std::map<std::string, std::vector<std::byte>>& files() {
    return world.files.folders["/home/ada/.local/share/touchsts"].files;
  }
};

Secret words(std::string_view text) { return Secret(text); }

}  // namespace

TEST_CASE("a key file must be private, ours, long enough and in a safe place") {
  fake::FakeWorld world;
  const auto found = [&] {
    Store store = world.key_store({.key_file = "/k/file", .key_file_from = "--key-file"});
    const auto result = store.named();
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
  CHECK(found().contains("read by others"));
  file.mode = 0400;
  file.owned = false;
  CHECK(found().contains("another user"));
  file.owned = true;
  world.files.unsafe_parents.insert("/k/file");
  CHECK(found().contains("folder"));
}

TEST_CASE("the content of a descriptor makes the key that a file with it makes") {
  fake::FakeWorld world;
  const std::string content(32, 'k');
  world.files.files["/k"].text = content;
  Store by_file = world.key_store({.key_file = "/k"});
  Store by_descriptor = world.key_store({.key = Secret(content)});
  CHECK((*by_file.named())->reveal_text() == (*by_descriptor.named())->reveal_text());
  CHECK_FALSE(world.key_store({.key = Secret(std::string(31, 'k'))}).named());
}

TEST_CASE("where there is no store, nothing is asked and nothing is made") {
  Setup one;
  CHECK(one.open(&one.typist) == "none");
  CHECK(one.typist.asked == 0);
  CHECK(one.files().empty());
}

TEST_CASE("the desktop's secret store gives the key back after a reboot; until then it is not asked again") {
  Setup one;
  one.world.secrets.there = true;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.add_secret_service(key, nullptr));
  CHECK(one.world.secrets.calls == 1);
  CHECK(one.open(nullptr) == key.reveal_text());
  CHECK(one.world.secrets.calls == 1);
  one.reboot();
  CHECK(one.open(nullptr) == key.reveal_text());
  CHECK(one.world.secrets.calls == 2);
  CHECK(one.open(nullptr) == key.reveal_text());
  CHECK(one.world.secrets.calls == 2);
}

TEST_CASE("a locked desktop is unlocked only through a person who can be asked") {
  Setup one;
  one.world.secrets.there = true;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.add_secret_service(key, nullptr));
  one.reboot();
  one.world.secrets.locked = true;
  CHECK(one.open(nullptr).contains("locked"));
  CHECK(one.world.secrets.asked == 0);
  one.world.secrets.person = false;
  CHECK(one.open(&one.typist).contains("locked"));
  one.world.secrets.person = true;
  CHECK(one.open(&one.typist) == key.reveal_text());
  CHECK(one.world.secrets.asked == 2);
}

TEST_CASE("a home that was moved to another path finds its key in the desktop's secret store, and can replace it") {
  Setup one;
  one.world.secrets.there = true;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.add_secret_service(key, nullptr));
  one.reboot();
  auto& folders = one.world.files.folders;
  folders["/home/lovelace/.local/share/touchsts"] = folders["/home/ada/.local/share/touchsts"];
  Store moved = one.world.key_store({.store_id = "another id", .data_home = "/home/lovelace/.local/share"});
  const auto found = moved.open(nullptr);
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->reveal_text() == key.reveal_text());
  const Secret next = one.store.fresh_key();
  REQUIRE(moved.replace(next, nullptr, nullptr));
  CHECK(one.world.secrets.items.size() == 1);
  CHECK(one.world.secrets.items.begin()->second == next.reveal_text());
}

TEST_CASE("the file of slots can be lost as long as the desktop has the key") {
  Setup one;
  one.world.secrets.there = true;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.add_secret_service(key, nullptr));
  one.reboot();
  one.files().clear();
  CHECK(one.open(nullptr) == key.reveal_text());
}

TEST_CASE("a file of slots that cannot be read is not taken for none, nor written over") {
  Setup one;
  one.world.secrets.there = true;
  REQUIRE(one.store.add_secret_service(one.store.fresh_key(), nullptr));
  const auto before = one.files();
  one.world.files.folders["/home/ada/.local/share/touchsts"].broken = true;
  CHECK(one.open(nullptr).contains("cannot be read"));
  one.reboot();
  CHECK(one.open(nullptr).contains("cannot be read"));
  CHECK_FALSE(one.store.add_secret_service(one.store.fresh_key(), nullptr));
  CHECK_FALSE(one.store.set_passphrase(one.store.fresh_key(), words("p"), kLittleWork));
  cache::SessionKey key(one.store);
  CHECK(key.find_or_make());
  CHECK(one.files() == before);
  CHECK(one.world.secrets.items.size() == 1);
}

TEST_CASE("a desktop that does not answer is waited for once") {
  Setup one;
  cache::SessionKey key(one.store);
  CHECK(key.find_or_make());
  CHECK(one.world.secrets.calls == 1);
}

TEST_CASE("another key under our name is not taken") {
  Setup one;
  one.world.secrets.there = true;
  REQUIRE(one.store.add_secret_service(one.store.fresh_key(), nullptr));
  one.reboot();
  one.world.secrets.items.begin()->second = std::string(32, 'x');
  CHECK(one.open(nullptr).contains("another key"));
  one.world.secrets.items.begin()->second = "short";
  CHECK(one.open(nullptr).contains("another key"));
  one.world.secrets.items.clear();
  CHECK(one.open(nullptr).contains("does not have its key any more"));
  one.world.keyring.keys["touchsts:mk:id"] = std::string(32, 'y');  // of an older store
  CHECK(one.open(nullptr).contains("does not have its key any more"));
}

TEST_CASE("a passphrase unlocks for as long as the kernel keeps the key") {
  Setup one;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.set_passphrase(key, words("right"), kLittleWork));
  CHECK(one.open(nullptr) == key.reveal_text());
  one.reboot();
  CHECK(one.open(nullptr).contains("locked"));
  one.typist.passphrases = {"wrong", "right"};
  CHECK(one.open(&one.typist) == key.reveal_text());
  CHECK(one.typist.asked == 2);
  CHECK(one.open(nullptr) == key.reveal_text());
  one.store.lock();
  one.typist.passphrases = {"wrong", "wrong", "wrong", "right"};
  CHECK(one.open(&one.typist).contains("not the passphrase"));
  CHECK(one.open(&one.typist) == key.reveal_text());
}

TEST_CASE("a passphrase that is given is used, and a wrong one is not followed by a question") {
  Setup one;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.set_passphrase(key, words("right"), kLittleWork));
  for (const auto& [given, expected] : {std::pair("right", std::string(key.reveal_text())), {"wrong", "TOUCHSTS_P"}}) {
    one.reboot();
    Store other = one.world.key_store({.passphrase = words(given),
                                       .passphrase_from = "TOUCHSTS_PASSPHRASE",
                                       .store_id = "id",
                                       .data_home = "/home/ada/.local/share"});
    const auto opened = other.open(&one.typist);
    CHECK((opened ? std::string((*opened)->reveal_text()) : opened.error().text).contains(expected));
  }
  CHECK(one.typist.asked == 0);
}

TEST_CASE("a new passphrase takes the place of the old one; the last holder stays") {
  Setup one;
  const Secret key = one.store.fresh_key();
  REQUIRE(one.store.set_passphrase(key, words("old"), kLittleWork));
  REQUIRE(one.store.set_passphrase(key, words("new"), kLittleWork));
  CHECK_FALSE(*one.store.unwrap_with(words("old")));
  CHECK(*one.store.unwrap_with(words("new")));
  CHECK_FALSE(one.store.drop(Holder::passphrase, nullptr));
  CHECK_FALSE(one.store.drop(Holder::secret_service, nullptr));
  one.world.secrets.there = true;
  REQUIRE(one.store.add_secret_service(key, nullptr));
  CHECK(one.store.drop(Holder::passphrase, nullptr));
  CHECK_FALSE(*one.store.unwrap_with(words("new")));
  one.reboot();
  CHECK(one.open(nullptr) == key.reveal_text());
}

TEST_CASE("a replaced key is held by the same holders, and nothing keeps the old one") {
  Setup one;
  one.world.secrets.there = true;
  const Secret old = one.store.fresh_key();
  REQUIRE(one.store.add_secret_service(old, nullptr));
  REQUIRE(one.store.set_passphrase(old, words("right"), kLittleWork));
  const Secret fresh = one.store.fresh_key();
  CHECK_FALSE(one.store.replace(fresh, nullptr, nullptr));
  CHECK(one.open(nullptr) == old.reveal_text());
  const Secret passphrase = words("right");
  REQUIRE(one.store.replace(fresh, &passphrase, nullptr));
  CHECK(one.open(nullptr) == fresh.reveal_text());
  CHECK(one.world.secrets.items.size() == 1);
  CHECK(one.world.secrets.items.begin()->second == fresh.reveal_text());
  CHECK((*one.store.unwrap_with(passphrase))->reveal_text() == fresh.reveal_text());
}

TEST_CASE("a key that is replaced while the disk fails stays the old one") {
  Setup one;
  one.world.secrets.there = true;
  const Secret old = one.store.fresh_key();
  REQUIRE(one.store.add_secret_service(old, nullptr));
  one.world.files.folders["/home/ada/.local/share/touchsts"].full = true;
  CHECK_FALSE(one.store.replace(one.store.fresh_key(), nullptr, nullptr));
  one.reboot();
  CHECK(one.open(nullptr) == old.reveal_text());
}

TEST_CASE("more memory than the control group has is an error before it is used") {
  Setup one;
  REQUIRE(one.store.set_passphrase(one.store.fresh_key(), words("right"), {.argon2 = {.memory = 65536, .passes = 1}}));
  one.reboot();
  one.typist.passphrases = {"right"};
  one.world.files.files["/proc/self/cgroup"].text = "0::/user.slice/app\n";
  one.world.files.files["/sys/fs/cgroup/user.slice/memory.max"].text = "67108864\n";
  one.world.files.files["/sys/fs/cgroup/user.slice/app/memory.max"].text = "max\n";
  CHECK(one.open(&one.typist).contains("takes 64 MiB of memory, and this control group may have 64"));
}

TEST_CASE("sessions are sealed with a key of the store's where it is unlocked, else with one of their own") {
  Setup one;
  one.world.secrets.there = true;
  const auto lasting = [&one] {
    return std::string(cache::session_key_of(Secret(one.world.secrets.items.begin()->second)).reveal_text());
  };
  cache::SessionKey first(one.store);
  const auto made = first.find_or_make();  // nothing was set up: the desktop gets a key
  REQUIRE(made);
  CHECK((*made)->reveal_text() == lasting());
  CHECK(one.world.secrets.items.begin()->second != lasting());
  CHECK(one.files().contains("slots"));
  one.reboot();
  cache::SessionKey second(one.store);
  CHECK(*second.find() == nullptr);
  CHECK((*second.find_or_make())->reveal_text() == lasting());
  one.reboot();
  one.world.secrets.locked = true;
  cache::SessionKey third(one.store);
  const auto volatile_key = third.find_or_make();
  REQUIRE(volatile_key);
  CHECK((*volatile_key)->reveal_text() != lasting());
  CHECK(one.world.secrets.asked == 0);
  one.world.secrets.locked = false;
  Store unlocked = one.another();
  CHECK((*unlocked.open(nullptr))->reveal_text() == one.world.secrets.items.begin()->second);
  cache::SessionKey fourth(unlocked);  // what is cached stays readable when the store is unlocked
  CHECK((*fourth.find())->reveal_text() == (*volatile_key)->reveal_text());
}

TEST_CASE("the key of sessions does not outlive what locks the store as the store's own") {
  Setup one;
  one.world.secrets.there = true;
  cache::SessionKey key(one.store);
  REQUIRE(key.find_or_make());
  const std::string master = one.world.secrets.items.begin()->second;
  one.world.keyring.keys.erase("touchsts:mk:id");
  for (const auto& [name, payload] : one.world.keyring.keys) {
    CHECK(payload != master);
  }
  one.store.lock();
  CHECK(one.world.keyring.keys.empty());
}

TEST_CASE("without a keyring of the kernel the store's key is used at once; without a store there is none") {
  Setup one;
  one.world.keyring.absent = true;
  cache::SessionKey first(one.store);
  CHECK_FALSE(first.find_or_make());
  one.world.secrets.there = true;
  Store store = one.another();
  cache::SessionKey second(store);
  REQUIRE(second.find_or_make());
  CHECK((*second.find_or_make())->reveal_text() ==
        cache::session_key_of(Secret(one.world.secrets.items.begin()->second)).reveal_text());
}

}  // namespace touchsts::keys
