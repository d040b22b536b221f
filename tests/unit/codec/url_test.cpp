#include "codec/url.h"

#include <doctest/doctest.h>

namespace touchsts::codec {

TEST_CASE("URLs that we take, and what they come down to") {
  struct Case {
    std::string_view text, origin;
  };
  static constexpr Case kCases[] = {
      {"https://sts.us-east-1.amazonaws.com", "https://sts.us-east-1.amazonaws.com"},
      {"HTTPS://STS.Amazonaws.COM/", "https://sts.amazonaws.com"},
      {"https://localhost:4566", "https://localhost:4566"},
      {"https://a:443", "https://a"},
      {"http://127.0.0.1:80", "http://127.0.0.1"},
      {"http://[::1]:8080/", "http://[::1]:8080"},
  };
  for (const auto& [text, origin] : kCases) {
    CAPTURE(text);
    const auto url = parse_url(text, UserPart::refused);
    REQUIRE(url);
    CHECK(to_text(url->origin) == origin);
  }
}

TEST_CASE("a proxy's user and password are decoded") {
  const auto url = parse_url("http://ada:p%40ss%3A@proxy.corp:3128", UserPart::allowed);
  REQUIRE(url);
  CHECK(url->user.reveal_text() == "ada");
  CHECK(url->password.reveal_text() == "p@ss:");
  CHECK(url->origin.port == 3128);
}

TEST_CASE("the passwords of URLs are not shown") {
  struct Case {
    std::string_view text, shown;
  };
  static constexpr Case kCases[] = {
      {"", ""},
      {"us-east-1", "us-east-1"},
      {"arn:aws:iam::123456789012:mfa/ada@example.org", "arn:aws:iam::123456789012:mfa/ada@example.org"},
      {"https://ada:hunter2@idp.example/app", "https://ada:***@idp.example/app"},
      {"HTTPS://ada:hunter2@idp.example:8443", "HTTPS://ada:***@idp.example:8443"},
      {"https://:hunter2@idp.example", "https://:***@idp.example"},
      {"https://ada:hun@ter:2@idp.example", "https://ada:***@idp.example"},
      {"https://ada:hun/ter?2@idp.example/x", "https://ada:***@idp.example/x"},
      {"https://ada:hun'ter,2@idp.example", "https://ada:***@idp.example"},
      {"https://ada@idp.example", "https://ada@idp.example"},
      {"https://ada:@idp.example", "https://ada:@idp.example"},
      {"https://idp.example:8443/a?user=ada@b.example", "https://idp.example:8443/a?user=ada@b.example"},
      {"https://[::1]:8443/ada@b", "https://[::1]:8443/ada@b"},
      {"curl 'https://a:hunter2@b' \"http://c:hunter3@d\"", "curl 'https://a:***@b' \"http://c:***@d\""},
      {"https://a:hunter2@b,https://c:hunter3@d", "https://a:***@b,https://c:***@d"},
      {"mail ada@example.org https://a:8/", "mail ada@example.org https://a:8/"},
  };
  for (const auto& [text, shown] : kCases) {
    CAPTURE(text);
    CHECK(without_passwords(text) == shown);
  }
}

TEST_CASE("URLs that we refuse") {
  for (const std::string_view text : {"",
                                      "sts.amazonaws.com",
                                      "ftp://a",
                                      "https://",
                                      "https://a/b",
                                      "https://a?b",
                                      "https://a#b",
                                      "https://a b",
                                      "https://a\r\nb",
                                      "https://a:0",
                                      "https://a:65536",
                                      "https://a:x",
                                      "https://a:",
                                      "https://[::1",
                                      "https://[zz]",
                                      "https://[::1]x",
                                      "https://.a",
                                      "https://a..b",
                                      "https://-a",
                                      "https://u@a",
                                      "https://a\\b",
                                      "https://\xC3\xBC"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_url(text, UserPart::refused));
  }
  CHECK_FALSE(parse_url("http://a%0d%0a:b@c", UserPart::allowed));
  CHECK_FALSE(parse_url("http://a%zz:b@c", UserPart::allowed));
}

TEST_CASE("addresses and loopback are told from names") {
  CHECK(is_ip_literal("127.0.0.1"));
  CHECK(is_ip_literal("::1"));
  CHECK(is_ip_literal("10.1"));
  CHECK_FALSE(is_ip_literal("a1.example"));
  CHECK(is_loopback("localhost"));
  CHECK(is_loopback("127.9.9.9"));
  CHECK(is_loopback("::1"));
  CHECK_FALSE(is_loopback("localhost.evil.example"));
  CHECK_FALSE(is_loopback("128.0.0.1"));
}

}  // namespace touchsts::codec
