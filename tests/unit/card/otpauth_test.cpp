#include "card/otpauth.h"

#include <doctest/doctest.h>

#include "codec/base32.h"
#include "codec/hex.h"

namespace touchsts::card {
namespace {

TEST_CASE("base 32 of RFC 4648, section 10") {
  const auto decoded = [](std::string_view text) {
    const auto bytes = codec::base32_decode(text);
    return bytes ? std::string(bytes->reveal_text()) : "none";
  };
  CHECK(decoded("MY======") == "f");
  CHECK(decoded("MZXQ====") == "fo");
  CHECK(decoded("MZXW6===") == "foo");
  CHECK(decoded("MZXW6YQ=") == "foob");
  CHECK(decoded("MZXW6YTB") == "fooba");
  CHECK(decoded("MZXW6YTBOI======") == "foobar");
  CHECK(decoded("mzxw 6ytb-oi") == "foobar");
  const auto encoded = [](std::string_view text) {
    return std::string(codec::base32_encode(std::as_bytes(std::span(text))).reveal_text());
  };
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "MY");
  CHECK(encoded("fo") == "MZXQ");
  CHECK(encoded("foo") == "MZXW6");
  CHECK(encoded("foob") == "MZXW6YQ");
  CHECK(encoded("fooba") == "MZXW6YTB");
  CHECK(encoded("foobar") == "MZXW6YTBOI");
  for (const std::string_view text : {"", "=", "M", "MZX", "MZXW6Y", "MZXW1", "MZ==XQ", "MZXW6YTB8"}) {
    CAPTURE(text);
    CHECK(decoded(text) == "none");
  }
}

TEST_CASE("an otpauth URI and its parts") {
  const auto uri = parse_otpauth(Secret(
      " otpauth://totp/"
      "ACME%20Co:%20alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=8&period=60&image=x\n"));
  REQUIRE(uri);
  CHECK(uri->issuer == "ACME Co");
  CHECK(uri->name == "alice");
  CHECK(uri->hash == OathHash::sha256);
  CHECK(uri->digits == 8);
  CHECK(uri->period.count() == 60);
  CHECK(uri->secret.reveal_text() == "12345678901234567890");
  const auto plain = parse_otpauth(Secret("otpauth://hotp/alice?secret=MY&issuer=ACME"));
  REQUIRE(plain);
  CHECK(plain->type == OathType::hotp);
  CHECK(plain->issuer == "ACME");
  CHECK(plain->period == kUsualPeriod);
}

TEST_CASE("what is no otpauth URI says why, and shows nothing of it") {
  struct Case {
    std::string_view text, part;
  };
  static constexpr Case kCases[] = {
      {"", "its beginning"},
      {"https://totp/a?secret=MY", "its beginning"},
      {"otpauth://yotp/a?secret=MY", "its beginning"},
      {"otpauth://totp/?secret=MY", "names no account"},
      {"otpauth://totp/a:?secret=MY", "names no account"},
      {"otpauth://totp/a", "no secret"},
      {"otpauth://totp/a?secret=", "not base 32"},
      {"otpauth://totp/a?secret=TOPSECRET1", "not base 32"},
      {"otpauth://totp/a%2?secret=MY", "a broken escape"},
      {"otpauth://totp/a?secret=MY&digits=5", "its digits"},
      {"otpauth://totp/a?secret=MY&digits=9", "its digits"},
      {"otpauth://totp/a?secret=MY&period=0", "its period"},
      {"otpauth://totp/a?secret=MY&period=1x", "its period"},
      {"otpauth://totp/a?secret=MY&algorithm=MD5", "its algorithm"},
  };
  for (const auto& [text, part] : kCases) {
    const auto uri = parse_otpauth(Secret(text));
    CAPTURE(text);
    REQUIRE_FALSE(uri);
    CHECK(uri.error().fault == Fault::usage);
    CHECK(uri.error().text.contains(part));
    CHECK_FALSE(uri.error().text.contains("TOPSECRET"));
  }
  CHECK_FALSE(parse_otpauth(Secret("otpauth://totp/" + std::string(5000, 'a') + "?secret=MY")));
}

}  // namespace
}  // namespace touchsts::card
