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
  const auto plain = parse_otpauth(Secret("otpauth://hotp/alice?secret=MZXQ&issuer=ACME"));
  REQUIRE(plain);
  CHECK(plain->type == OathType::hotp);
  CHECK(plain->issuer == "ACME");
  CHECK(plain->period == kUsualPeriod);
}

TEST_CASE("an otpauth URI is read as RFC 3986 and ykman read it") {
  const auto read = [](std::string_view text) {
    const auto uri = parse_otpauth(Secret(text));
    return uri ? uri->issuer + "|" + uri->name + "|" + codec::hex(uri->secret.reveal()) + "|" +
                     std::to_string(static_cast<int>(uri->hash)) + "|" + std::to_string(uri->digits) + "|" +
                     std::to_string(uri->period.count()) + "|" + std::to_string(uri->counter)
               : "!" + uri.error().text;
  };
  // "foobar" in base 32 is MZXW6YTBOI======.
  const std::string_view plain = "|a|666f6f626172|1|6|30|0";
  for (const std::string_view uri : {"otpauth://totp/a?secret=MZXW6YTBOI",
                                     "otpauth://totp/a?secret=MZXW6YTBOI%3D%3D%3D%3D%3D%3D",
                                     "otpauth://totp/a?secret=MZXW6YTBOI======",
                                     "otpauth://totp/a?secret=mzxw%206ytb%20oi",
                                     "otpauth://totp/a?secret=MZXW+6YTB+OI",
                                     "otpauth://totp/a?%73ecret=MZXW6YTB%4FI",
                                     "OTPAUTH://TOTP/a?secret=MZXW6YTBOI",
                                     "otpauth://Totp/a?secret=MZXW6YTBOI&algorithm=Sha1#fragment",
                                     "otpauth://totp/a?secret=MZXW6YTBOI&issuer=&digits=&period=&algorithm=",
                                     "otpauth://totp/a?secret=MZXW6YTBOI&secret=MZXQ&digits=6&digits=8",
                                     "otpauth://totp/a?secret=MZXW6YTBOI&counter=7&digits=+6",
                                     "otpauth://totp/a?&&secret=MZXW6YTBOI&x&=y&secret2=1"}) {
    CAPTURE(uri);
    CHECK(read(uri) == plain);
  }
  CHECK(read("otpauth://totp/ACME:a?secret=MZXQ&issuer=") == "ACME|a|666f|1|6|30|0");
  CHECK(read("otpauth://totp/ACME%3Aa?secret=MZXQ&issuer=Other+Co") == "Other Co|a|666f|1|6|30|0");
  CHECK(read("otpauth://totp/a+b%2Bc?secret=MZXQ&issuer=x%2By") == "x+y|a+b+c|666f|1|6|30|0");
  CHECK(read("otpauth://totp/a/b:c%3ad?secret=MZXQ") == "a/b|c:d|666f|1|6|30|0");
  CHECK(read("otpauth://totp/J%C3%BCrgen?secret=MZXQ&algorithm=Sha256&digits=7&period=15") ==
        "|J\xc3\xbcrgen|666f|2|7|15|0");
  CHECK(read("otpauth://HOTP/a?secret=MZXQ&counter=4294967295&period=60&algorithm=sha512") ==
        "|a|666f|3|6|30|4294967295");
}

TEST_CASE("what is no otpauth URI says why, and shows nothing of it") {
  struct Case {
    std::string_view text, part;
  };
  static constexpr Case kCases[] = {
      {"", "its beginning"},
      {"https://totp/a?secret=MZXQ", "its beginning"},
      {"otpauth://yotp/a?secret=MZXQ", "its beginning"},
      {"otpauth://totp/?secret=MZXQ", "names no account"},
      {"otpauth://totp/a:?secret=MZXQ", "names no account"},
      {"otpauth://totp/a", "no secret"},
      {"otpauth://totp/a?secret=", "no secret"},
      {"otpauth://totp/a?secret", "no secret"},
      {"otpauth://totp/a?SECRET=MZXQ", "no secret"},
      {"otpauth://totp/a#?secret=MZXQ", "no secret"},
      {"otpauth://totp/a?secret=MY", "not base 32"},  // one byte
      {"otpauth:totp/a?secret=MZXQ", "its beginning"},
      {"otpauth://user@totp/a?secret=MZXQ", "its beginning"},
      {"otpauth://totp/a?secret=MZXQ%", "a broken escape"},
      {"otpauth://totp/a%FF?secret=MZXQ", "its name is not UTF-8"},
      {"otpauth://totp/a?secret=MZXQ&issuer=%ED%A0%80", "its name is not UTF-8"},
      {"otpauth://hotp/a?secret=MZXQ&counter=4294967296", "its counter"},
      {"otpauth://hotp/a?secret=MZXQ&counter=-1", "its counter"},
      {"otpauth://totp/a?secret=TOPSECRET1", "not base 32"},
      {"otpauth://totp/a%2?secret=MZXQ", "a broken escape"},
      {"otpauth://totp/a?secret=MZXQ&digits=5", "its digits"},
      {"otpauth://totp/a?secret=MZXQ&digits=9", "its digits"},
      {"otpauth://totp/a?secret=MZXQ&period=0", "its period"},
      {"otpauth://totp/a?secret=MZXQ&period=1x", "its period"},
      {"otpauth://totp/a?secret=MZXQ&algorithm=MD5", "its algorithm"},
  };
  for (const auto& [text, part] : kCases) {
    const auto uri = parse_otpauth(Secret(text));
    CAPTURE(text);
    REQUIRE_FALSE(uri);
    CHECK(uri.error().fault == Fault::usage);
    CHECK(uri.error().text.contains(part));
    CHECK_FALSE(uri.error().text.contains("TOPSECRET"));
  }
  CHECK_FALSE(parse_otpauth(Secret("otpauth://totp/" + std::string(5000, 'a') + "?secret=MZXQ")));
}

}  // namespace
}  // namespace touchsts::card
