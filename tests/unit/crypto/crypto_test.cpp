#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "codec/hex.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/oath.h"
#include "crypto/password_hash.h"
#include "fake/hex.h"

namespace touchsts::crypto {

using codec::hex;
using fake::bytes_from_hex;

TEST_CASE("SHA-256 of FIPS 180-2, appendix B") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("HMAC-SHA-256 of RFC 4231") {
  struct Vector {
    std::string_view key, data, mac;
  };
  static constexpr Vector kVectors[] = {
      {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
       "4869205468657265",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"4a656665",
       "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"0102030405060708090a0b0c0d0e0f10111213141516171819",
       "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
  };
  for (const auto& [key, data, mac] : kVectors) {
    CHECK(hex(hmac_sha256(bytes_from_hex(key), bytes_from_hex(data)).reveal()) == mac);
  }
  const std::vector<std::byte> long_key(131, std::byte{0xAA});
  CHECK(
      hex(hmac_sha256(long_key, std::string_view("Test Using Larger Than Block-Size Key - Hash Key First")).reveal()) ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("HKDF-SHA-256 of RFC 5869, appendix A") {
  const auto ikm = bytes_from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  CHECK(hex(hkdf_sha256(ikm, bytes_from_hex("000102030405060708090a0b0c"), bytes_from_hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                .reveal()) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  CHECK(hex(hkdf_sha256(ikm, {}, {}, 42).reveal()) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("AES-256-GCM of the GCM specification, test case 16") {
  const auto key = bytes_from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const auto nonce = bytes_from_hex("cafebabefacedbaddecaf888");
  const auto associated = bytes_from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto plaintext = bytes_from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  const auto sealed = aead_seal({key, nonce, associated}, plaintext);
  CHECK(hex(sealed) ==
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a"
        "0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b");
  const auto opened = aead_open({key, nonce, associated}, sealed);
  REQUIRE(opened);
  CHECK(std::ranges::equal(opened->reveal(), plaintext));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto damaged = sealed;
    damaged[i] ^= std::byte{1};
    CHECK_FALSE(aead_open({key, nonce, associated}, damaged));
  }
  CHECK_FALSE(aead_open({key, nonce, {}}, sealed));
  CHECK_FALSE(aead_open({key, nonce, associated}, std::span(sealed).first(15)));
}

TEST_CASE("Argon2id of RFC 9106, 5.3") {
  const std::vector<std::byte> password(32, std::byte{1});
  const std::vector<std::byte> salt(16, std::byte{2});
  const std::vector<std::byte> secret(8, std::byte{3});
  const std::vector<std::byte> associated(12, std::byte{4});
  Argon2Input input{.password = password,
                    .salt = salt,
                    .cost = {.memory = 32, .passes = 3, .lanes = 4},
                    .secret = secret,
                    .associated = associated};
  const auto tag = argon2id(input, 32);
  REQUIRE(tag);
  CHECK(hex(tag->reveal()) == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  input.cost.memory = 31;
  CHECK_FALSE(argon2id(input, 32));  // less than eight blocks for each lane
}

TEST_CASE("PBKDF2-HMAC-SHA-256 of RFC 7914, 11") {
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  CHECK(hex(pbkdf2_hmac(Pbkdf2Hash::sha256, bytes("passwd"), bytes("salt"), 1, 64).reveal()) ==
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
}

TEST_CASE("codes of RFC 6238, appendix B, in six digits") {
  constexpr std::string_view kKey = "12345678901234567890";
  const auto code = [kKey](std::uint64_t seconds) {
    return std::string(totp_sha1(std::as_bytes(std::span(kKey)), seconds / 30).reveal_text());
  };
  CHECK(code(59) == "287082");
  CHECK(code(1111111109) == "081804");
  CHECK(code(1111111111) == "050471");
  CHECK(code(1234567890) == "005924");
  CHECK(code(2000000000) == "279037");
  CHECK(code(20000000000) == "353130");
}

}  // namespace touchsts::crypto
