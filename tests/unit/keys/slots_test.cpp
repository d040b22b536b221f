#include "keys/slots.h"

#include <algorithm>
#include <string_view>

#include <doctest/doctest.h>

#include "codec/hex.h"
#include "crypto/hash.h"
#include "fake/fake_world.h"
#include "keys/password_work.h"

namespace touchsts::keys {
namespace {

using namespace std::chrono_literals;

constexpr PasswordWork kLittle{.argon2 = {.memory = 8, .passes = 1}};
const Secret kKey(std::string_view("0123456789abcdef0123456789abcdef"));

Slots two() {
  fake::FakeRandom random;
  const Secret passphrase(std::string_view("right"));
  return {.key_id = key_id_of(kKey), .slots = {Slot{}, *passphrase_slot(kKey, passphrase, kLittle, random)}};
}

// seal puts the right sum behind changed bytes, as an attacker would.
std::vector<std::byte> sealed_again(std::vector<std::byte> bytes) {
  const auto sum = crypto::sha256(std::span(bytes).first(bytes.size() - 8));
  std::copy_n(sum.begin(), 8, bytes.end() - 8);
  return bytes;
}

}  // namespace

TEST_CASE("slots are read as they were written") {
  const auto bytes = encode_slots(two());
  CHECK(bytes.size() == 28 + 2 * kSlotSize + 8);
  const auto read = decode_slots(bytes);
  REQUIRE(read);
  CHECK(read->key_id == key_id_of(kKey));
  REQUIRE(read->slots.size() == 2);
  CHECK(read->slots[0].holder == Holder::secret_service);
  CHECK(read->slots[1].work == kLittle);
  CHECK(encode_slots(*read) == bytes);
}

TEST_CASE("a slot opens with its passphrase alone") {
  const auto slots = two();
  const auto& slot = slots.slots[1];
  CHECK((*unwrap(slot, slots.key_id, Secret(std::string_view("right"))))->reveal_text() == kKey.reveal_text());
  CHECK_FALSE(*unwrap(slot, slots.key_id, Secret(std::string_view("Right"))));
  CHECK_FALSE(*unwrap(slot, slots.key_id, Secret(std::string_view("right "))));
}

TEST_CASE("PBKDF2 makes a slot as well") {
  fake::FakeRandom random;
  const Secret passphrase(std::string_view("right"));
  const auto slot = passphrase_slot(kKey, passphrase, {.argon2 = {}, .rounds = 10}, random);
  REQUIRE(slot);
  const auto read = decode_slots(encode_slots({.key_id = key_id_of(kKey), .slots = {*slot}}));
  REQUIRE(read);
  CHECK((*unwrap(read->slots[0], read->key_id, passphrase))->reveal_text() == kKey.reveal_text());
}

TEST_CASE("a file of slots that is damaged anywhere, cut or longer is told apart from a wrong passphrase") {
  const auto bytes = encode_slots(two());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= std::byte{1} << bit % 8;
    const auto read = decode_slots(damaged);
    CHECK_FALSE(read);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_slots(std::span(bytes).first(size)));
  }
  auto longer = bytes;
  longer.push_back(std::byte{0});
  CHECK_FALSE(decode_slots(longer));
}

TEST_CASE("no bit of a slot can be changed without the passphrase being wrong for it") {
  const auto bytes = encode_slots(two());
  const Secret passphrase(std::string_view("right"));
  int opened = 0;
  for (std::size_t bit = 12 * 8; bit < (bytes.size() - 8) * 8; ++bit) {
    if (bit / 8 >= 28 && bit / 8 < 28 + kSlotSize) {
      continue;  // the other slot
    }
    auto changed = bytes;
    changed[bit / 8] ^= std::byte{1} << bit % 8;
    const auto read = decode_slots(sealed_again(changed));
    if (read && read->slots[1].work.argon2.memory < 4096 && read->slots[1].work.rounds < 4096) {
      const auto key = unwrap(read->slots[1], read->key_id, passphrase);
      opened += key && *key ? 1 : 0;
    }
  }
  CHECK(opened == 0);
}

TEST_CASE("a slot may not ask for more than touchsts ever makes") {
  const auto read = [](std::size_t offset, std::initializer_list<int> value) {
    auto bytes = encode_slots(two());
    for (const int byte : value) {
      bytes[28 + kSlotSize + offset++] = static_cast<std::byte>(byte);
    }
    const auto slots = decode_slots(sealed_again(bytes));
    return slots ? "read" : slots.error().text;
  };
  CHECK(read(4, {0, 0, 4, 0}) == "read");                        // 256 MiB
  CHECK(read(4, {1, 0, 4, 0}).contains("more memory or time"));  // one KiB more
  CHECK(read(8, {16, 0, 0, 0}) == "read");                       // 16 passes
  CHECK(read(8, {17, 0, 0, 0}).contains("more memory or time"));
  CHECK(read(2, {5}).contains("more memory or time"));  // lanes
  CHECK(read(2, {0}).contains("damaged"));
  CHECK(read(8, {0, 0, 0, 0}).contains("damaged"));
  CHECK(read(0, {3}).contains("damaged"));  // a holder of a later version
}

TEST_CASE("the work for a passphrase fits the machine") {
  CHECK(choose_work(50ms, 65536) == PasswordWork{.argon2 = {.memory = 65536, .passes = 6}});
  CHECK(choose_work(150ms, 65536) == PasswordWork{.argon2 = {.memory = 65536, .passes = 3}});
  CHECK(choose_work(1ms, 65536) == PasswordWork{.argon2 = {.memory = 65536, .passes = 16}});
  CHECK(choose_work(0ms, 65536) == PasswordWork{.argon2 = {.memory = 65536, .passes = 3}});
  CHECK(choose_work(2s, 65536) == PasswordWork{.argon2 = {.memory = 19456, .passes = 2}});
  CHECK(choose_work(20ms, 19456) == PasswordWork{.argon2 = {.memory = 19456, .passes = 15}});
}

TEST_CASE("the least limit of memory on the way to the root counts") {
  fake::FakeWorld world;
  auto& files = world.files.files;
  CHECK_FALSE(memory_limit(world.files));
  files["/proc/self/cgroup"].text = "0::/\n";
  CHECK_FALSE(memory_limit(world.files));
  files["/sys/fs/cgroup/memory.max"].text = "1048576\n";
  CHECK(memory_limit(world.files) == 1024);
  files["/proc/self/cgroup"].text = "0::/a/b\n";
  files["/sys/fs/cgroup/a/b/memory.max"].text = "524288\n";
  CHECK(memory_limit(world.files) == 512);
  files["/proc/self/cgroup"].text = "5:cpu:/x\n4:memory:/docker/1\n0::/\n";
  files["/sys/fs/cgroup/memory.max"].text = "max\n";
  files["/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes"].text = "9223372036854771712\n";
  CHECK_FALSE(memory_limit(world.files));
  files["/sys/fs/cgroup/memory/memory.limit_in_bytes"].text = "67108864\n";
  CHECK(memory_limit(world.files) == 65536);
  CHECK_FALSE(limit_in("max"));
  CHECK_FALSE(limit_in(""));
}

}  // namespace touchsts::keys
