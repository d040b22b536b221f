#include "cache/format.h"

#include <doctest/doctest.h>

#include "codec/hex.h"
#include "fake/hex.h"

namespace touchsts::cache {
namespace {

Secret root_key() { return Secret(std::string_view("0123456789abcdef0123456789abcdef")); }

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

Entry entry() {
  return {.credentials = {.access_key_id = "ASIAEXAMPLE",
                          .secret_access_key = Secret(std::string_view("secret")),
                          .session_token = Secret(std::string_view("token")),
                          .expires = Time(Seconds(1'700'003'600)),
                          .account_id = "123456789012"},
          .written = {"boot", Seconds(1000)},
          .written_at = Time(Seconds(1'700'000'000))};
}

std::vector<std::byte> sealed(std::string_view identity = "identity", Kind kind = Kind::role) {
  const Secret key = root_key();
  SealInput input{key, bytes(identity), kind, {}, {}};
  input.salt.fill(std::byte{0x5A});
  input.nonce.fill(std::byte{0xA5});
  return seal(input, entry());
}

bool opens(std::span<const std::byte> file, std::string_view identity = "identity", Kind kind = Kind::role) {
  return open(file, root_key(), bytes(identity), kind).has_value();
}

}  // namespace

TEST_CASE("what was sealed opens again") {
  const auto file = sealed();
  const auto opened = open(file, root_key(), bytes("identity"), Kind::role);
  REQUIRE(opened);
  CHECK(opened->credentials.access_key_id == "ASIAEXAMPLE");
  CHECK(opened->credentials.secret_access_key.reveal_text() == "secret");
  CHECK(opened->credentials.session_token.reveal_text() == "token");
  CHECK(opened->credentials.expires == Time(Seconds(1'700'003'600)));
  CHECK(opened->credentials.account_id == "123456789012");
  CHECK(opened->written.boot_id == "boot");
  CHECK(opened->written.since_boot == Seconds(1000));
  CHECK(opened->written_at == Time(Seconds(1'700'000'000)));
}

TEST_CASE("the layout is the one in docs/cache-format.md") {
  const auto file = sealed();
  CHECK(codec::hex(std::span(file).first(16)) == "54535453430d0a1a0100000002010000");
  CHECK(codec::hex(std::span(file).subspan(32, 32)) ==
        std::string("5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"));
  CHECK(codec::hex(std::span(file).subspan(64, 12)) == "a5a5a5a5a5a5a5a5a5a5a5a5");
  const std::size_t length = file.size() - kHeaderSize - 16;
  CHECK(std::to_integer<std::size_t>(file[76]) == length);
  CHECK(codec::hex(std::span(file).subspan(80, 16)) == "10ff53650000000000f1536500000000");
  // The worked example of the document: any change here breaks every cache in the field.
  CHECK(codec::hex(file) ==
        "54535453430d0a1a0100000002010000be97bb7d3828f316a9af1b64bb7fd8155a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
        "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5aa5a5a5a5a5a5a5a5a5a5a5a54a00000010ff53650000000000f1536500000000"
        "67ecfb5cb82b6d5c4f557778013e9115d24da7b4dc778cfcf9de3ed62fce0c16273cf4407c7a8ebc1bdf77fa1100ae9b"
        "d9222cfce1c961ea6e9017de770d3c093baeda8403031265a14ee431a6761c22e319d52ab7d632f5d43a");
}

TEST_CASE("a flip of any bit is a miss, and so is every truncation and any byte more") {
  const auto file = sealed();
  int opened = 0;
  for (std::size_t i = 0; i < file.size() * 8; ++i) {
    auto damaged = file;
    damaged[i / 8] ^= static_cast<std::byte>(1 << (i % 8));
    opened += opens(damaged) ? 1 : 0;
  }
  for (std::size_t size = 0; size < file.size(); ++size) {
    opened += opens(std::span(file).first(size)) ? 1 : 0;
  }
  auto longer = file;
  longer.push_back(std::byte{0});
  opened += opens(longer) ? 1 : 0;
  CHECK(opened == 0);
  CHECK(opens(file));
}

TEST_CASE("another identity, kind or key is a miss") {
  const auto file = sealed();
  CHECK_FALSE(opens(file, "identitx"));
  CHECK_FALSE(opens(file, ""));
  CHECK_FALSE(opens(file, "identity", Kind::session));
  CHECK_FALSE(open(file, Secret(std::string_view("0123456789abcdef0123456789abcdeF")), bytes("identity"), Kind::role));
}

TEST_CASE("names tell nothing and differ by key and identity") {
  const auto name = entry_name(root_key(), bytes("identity"));
  CHECK(name.size() == 32);
  CHECK(name == entry_name(root_key(), bytes("identity")));
  CHECK(name != entry_name(root_key(), bytes("identitx")));
  CHECK(name != entry_name(Secret(std::string_view("0123456789abcdef0123456789abcdeF")), bytes("identity")));
}

TEST_CASE("the header tells the expiry without a key") {
  const auto seen = glance(sealed());
  REQUIRE(seen);
  CHECK(seen->kind == Kind::role);
  CHECK(seen->not_after == Time(Seconds(1'700'003'600)));
  CHECK_FALSE(glance(fake::bytes_from_hex("00")));
}

TEST_CASE("remaining life is the least that either clock allows") {
  const Entry held = entry();  // sealed at 1'700'000'000, boot second 1000, good for 3600 s
  const auto good = [&](long long now, long long boot_seconds, const char* boot, long long need) {
    const Time at(Seconds{now});
    return still_good(held, at + Seconds(need), at, {boot, Seconds(boot_seconds)});
  };
  CHECK(good(1'700'000'000, 1000, "boot", 3600));
  CHECK_FALSE(good(1'700'000'000, 1000, "boot", 3601));
  CHECK(good(1'700'002'700, 3700, "boot", 900));
  CHECK_FALSE(good(1'700'002'701, 3701, "boot", 900));
  CHECK_FALSE(good(1'699'000'000, 4601, "boot", 0));    // clock set back after the end of life
  CHECK_FALSE(good(1'699'999'000, 3701, "boot", 900));  // clock set back, 899 s left in truth
  CHECK(good(1'699'999'000, 3700, "boot", 900));
  CHECK(good(1'700'000'000, 99'999, "another boot", 900));
  CHECK_FALSE(good(1'700'003'601, 1000, "boot", 0));   // clock set forward
  CHECK_FALSE(good(1'700'000'000, 999, "boot", 900));  // a boot clock that ran backwards is none
}

TEST_CASE("whatever the clock is set to, within one boot nothing is served after its end") {
  const Entry held = entry();
  constexpr long long kSealed = 1'700'000'000;
  constexpr long long kLife = 3600;
  constexpr long long kTenYears = 315'576'000;
  for (const long long passed : {0, 1, 2699, 2700, 2701, 3599, 3600, 3601, 86'400, 40'000'000}) {
    for (const long long shown : {kSealed + passed,
                                  kSealed + passed - 1,
                                  kSealed + passed + 1,
                                  kSealed - 3600,
                                  kSealed - kTenYears,
                                  kSealed + kTenYears,
                                  0LL,
                                  -1LL,
                                  2'147'483'647LL,
                                  2'147'483'648LL,
                                  253'402'300'799LL}) {
      for (const long long need : {0, 1, 60, 900}) {
        CAPTURE(passed);
        CAPTURE(shown);
        CAPTURE(need);
        const Time now(Seconds{shown});
        const bool good = still_good(held, now + Seconds(need), now, {"boot", Seconds(1000 + passed)});
        CHECK(good == (passed + need <= kLife && shown + need <= kSealed + kLife));
      }
    }
  }
}

}  // namespace touchsts::cache
