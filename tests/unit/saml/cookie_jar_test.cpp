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

TEST_CASE("Domain widens to all hosts of the domain, and to no other") {
  Jar jar;
  jar.set("a=1; Domain=.Corp.Example; Path=/", "https://login.corp.example/");
  CHECK(jar.sent("https://login.corp.example/") == "a=1");
  CHECK(jar.sent("https://sts.corp.example/adfs/ls/") == "a=1");
  CHECK(jar.sent("https://deep.sts.corp.example/") == "a=1");
  CHECK(jar.sent("https://corp.example/") == "a=1");
  for (const std::string_view other : {"https://xcorp.example/", "https://corp.example.net/", "https://example/"}) {
    CHECK(jar.sent(other) == "");
  }
  // With and without Domain they are two cookies.
  jar.set("a=2; Path=/", "https://corp.example/");
  CHECK(jar.sent("https://corp.example/") == "a=1; a=2");
  CHECK(jar.sent("https://sts.corp.example/") == "a=1");
  jar.set("a=; Domain=corp.example; Path=/; Max-Age=0", "https://other.corp.example/");
  CHECK(jar.sent("https://corp.example/") == "a=2");
}

TEST_CASE("of two Domains the last one counts, and an empty one is none") {
  Jar jar;
  jar.set("a=1; Domain=evil.example; Domain=corp.example", "https://login.corp.example/");
  CHECK(jar.sent("https://sts.corp.example/") == "a=1");
  jar.set("b=1; Domain=; Path=/", "https://login.corp.example/");
  jar.set("c=1; Domain=.; Path=/", "https://login.corp.example/");
  CHECK(jar.sent("https://login.corp.example/") == "a=1; b=1; c=1");
  CHECK(jar.sent("https://sts.corp.example/") == "a=1");
}

TEST_CASE("no cookie for a domain of others, or of anybody's") {
  struct Case {
    std::string_view from;
    std::string_view domain;
  };
  constexpr Case kRefused[] = {
      {"https://login.corp.example/", "other.example"},
      {"https://corp.example/", "login.corp.example"},
      {"https://login.corp.example/", "example"},
      {"https://login.corp.example/", "orp.example"},
      {"https://login.corp.example/", "corp.example."},
      {"https://login.corp.example/", "..corp.example"},
      {"https://login.corp.co.uk/", "co.uk"},
      {"https://ada.github.io/", "github.io"},
      {"https://x.s3.amazonaws.com/", "s3.amazonaws.com"},
      {"https://login.corp.foo.ck/", "foo.ck"},
      {"https://a.b.c.kobe.jp/", "c.kobe.jp"},
      {"https://a.xn--55qx5d.cn/", "xn--55qx5d.cn"},
      {"https://192.0.2.7/", "0.2.7"},
      {"https://192.0.2.7/", "2.7"},

  };
  for (const auto& each : kRefused) {
    CAPTURE(each.domain);
    Jar jar;
    jar.set("a=1; Path=/; Domain=" + std::string(each.domain), each.from);
    CHECK(jar.sent(each.from) == "");
  }
  constexpr Case kTaken[] = {
      {"https://login.corp.co.uk/", "corp.co.uk"},
      {"https://login.www.ck/", "www.ck"},  // an exception of *.ck
      {"https://a.city.kobe.jp/", "city.kobe.jp"},
      {"https://a.b.c.kobe.jp/", "b.c.kobe.jp"},
      {"https://a.corp.xn--55qx5d.cn/", "corp.xn--55qx5d.cn"},
  };
  for (const auto& each : kTaken) {
    CAPTURE(each.domain);
    Jar jar;
    jar.set("a=1; Path=/; Domain=" + std::string(each.domain), each.from);
    CHECK(jar.sent("https://other." + std::string(each.domain) + "/") == "a=1");
  }
}

TEST_CASE("a host that is a public suffix, or a number, has cookies of its own") {
  for (const std::string_view host : {"github.io", "192.0.2.7", "localhost"}) {
    CAPTURE(host);
    Jar jar;
    const std::string page = "https://" + std::string(host) + "/";
    jar.set("a=1; Domain=" + std::string(host), page);
    CHECK(jar.sent(page) == "a=1");
    CHECK(jar.sent("https://ada." + std::string(host) + "/") == "");
  }
}

TEST_CASE("names that promise something") {
  Jar jar;
  jar.set("__Host-a=1; Path=/; Secure");
  jar.set("__host-b=1; Secure; Path=/; Domain=idp.example");
  jar.set("__Host-c=1; Secure");
  jar.set("__Host-d=1; Path=/");
  jar.set("__Secure-e=1; Path=/");
  jar.set("__SECURE-f=1; Path=/; Secure");
  CHECK(jar.sent() == "__Host-a=1; __SECURE-f=1");
}

TEST_CASE("a page without TLS does not hide a cookie that came over it") {
  Jar jar;
  jar.set("a=1; Path=/; Secure; Domain=corp.example", "https://login.corp.example/");
  jar.set("a=2; Path=/adfs", "http://login.corp.example/");
  jar.set("a=3; Path=/; Domain=corp.example", "http://evil.corp.example/");
  jar.set("b=4; Path=/", "http://login.corp.example/");
  CHECK(jar.sent("https://login.corp.example/adfs") == "a=1; b=4");
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
