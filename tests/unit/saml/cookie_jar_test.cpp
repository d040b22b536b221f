#include "saml/cookie_jar.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace touchsts::saml {
namespace {

constexpr Time kNow{Seconds(1'700'000'000)};  // 2023-11-14T22:13:20Z

struct Jar {
  CookieJar jar;

  void set(std::string_view cookie, std::string_view from = "https://idp.example/adfs/ls/page?x") {
    jar.take_in(cookie, *codec::parse_location(from), kNow);
  }
  std::string sent(std::string_view to = "https://idp.example/adfs/ls/next", Time now = kNow) const {
    return std::string(jar.header(*codec::parse_location(to), now).reveal_text());
  }
};

}  // namespace

TEST_CASE("a cookie goes back to the host and the folder that it came from") {
  Jar jar;
  jar.set("SID=31d4d96e407aad42; Path=/; Secure; HttpOnly; SameSite=None");
  jar.set(" lang = en-US ");
  CHECK(jar.sent() == "lang=en-US; SID=31d4d96e407aad42");
  CHECK(jar.sent("https://idp.example/adfs/ls") == "lang=en-US; SID=31d4d96e407aad42");
  CHECK(jar.sent("https://idp.example/adfs/lsx") == "SID=31d4d96e407aad42");
  CHECK(jar.sent("https://idp.example/") == "SID=31d4d96e407aad42");
  CHECK(jar.sent("https://idp.example:8443/") == "SID=31d4d96e407aad42");  // ports do not tell cookies apart
  CHECK(jar.sent("http://idp.example/adfs/ls/") == "lang=en-US");
  CHECK(jar.sent("https://sub.idp.example/") == "");
  CHECK(jar.sent("https://example/") == "");
}

TEST_CASE("Domain widens nothing") {
  Jar jar;
  jar.set("a=1; Domain=.example; Path=/");
  CHECK(jar.sent("https://other.example/") == "");
  CHECK(jar.sent() == "a=1");
}

TEST_CASE("the same cookie again takes the place of the first") {
  Jar jar;
  jar.set("a=1; path=/");
  jar.set("b=2; path=/");
  jar.set("a=3; path=/");
  jar.set("a=4; path=/adfs");
  CHECK(jar.sent() == "a=4; a=3; b=2");
  jar.set("a=; path=/adfs; max-age=0");
  jar.set("b=x; path=/; expires=Thu, 01-Jan-1970 00:00:00 GMT");
  CHECK(jar.sent() == "a=3");
}

TEST_CASE("a cookie lasts as long as it says") {
  Jar jar;
  jar.set("a=1; Max-Age=60; Expires=Thu, 01-Jan-1970 00:00:00 GMT");
  jar.set("b=2; expires=Tue, 14 Nov 2023 22:14:00 GMT");
  jar.set("c=3; max-age=-5");
  jar.set("d=4; max-age=soon; expires=never");
  CHECK(jar.sent() == "a=1; b=2; d=4");
  CHECK(jar.sent("https://idp.example/adfs/ls/", kNow + Seconds(40)) == "a=1; d=4");
  CHECK(jar.sent("https://idp.example/adfs/ls/", kNow + Seconds(60)) == "d=4");
}

TEST_CASE("what is no cookie") {
  Jar jar;
  constexpr std::string_view kNone[] = {"", "a", "=1", ";a=1", "a;b=1", {"a=b\0c", 5}, "a=\r\nX: y"};
  for (const std::string_view text : kNone) {
    jar.set(text);
  }
  jar.set("big=" + std::string(kLargestCookie, 'x'));
  jar.set("s=1; secure", "http://idp.example/adfs/ls/");
  CHECK(jar.sent() == "");
  jar.set("a=\"x=y\"; path=relative");
  CHECK(jar.sent() == "a=\"x=y\"");
  for (std::size_t i = 0; i < 2 * kMostCookies; ++i) {
    jar.set("n" + std::to_string(i) + "=1");
  }
  const std::string all = jar.sent();
  CHECK(static_cast<std::size_t>(std::ranges::count(all, ';')) == kMostCookies - 1);
}

}  // namespace touchsts::saml
