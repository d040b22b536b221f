#include "codec/location.h"

#include <doctest/doctest.h>

namespace touchsts::codec {
namespace {

std::string resolved(std::string_view reference, std::string_view base = "http://a/b/c/d;p?q") {
  const auto location = resolve(*parse_location(base), reference);
  return location ? to_text(*location) : location.error().text;
}

}  // namespace

TEST_CASE("the examples of RFC 3986, section 5.4, without their fragments") {
  constexpr std::pair<std::string_view, std::string_view> kExamples[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
  };
  for (const auto& [reference, expected] : kExamples) {
    CAPTURE(reference);
    CHECK(resolved(reference) == expected);
  }
}

TEST_CASE("references as pages have them") {
  constexpr std::string_view kPage = "https://IdP.example:8443/adfs/ls/?x=1";
  CHECK(resolved(" \n/adfs/ls/next.aspx?a=b c\t", kPage) == "https://idp.example:8443/adfs/ls/next.aspx?a=b%20c");
  CHECK(resolved("HTTPS://other.example", kPage) == "https://other.example/");
  CHECK(resolved("https://other.example?q=1", kPage) == "https://other.example/?q=1");
  CHECK(resolved("\\\\other.example\\x", kPage) == "https://other.example/x");
  CHECK(resolved("/\\other.example/x", kPage) == "https://other.example/x");
  CHECK(resolved("https:///other.example/x", kPage) == "https://other.example/x");
  CHECK(resolved("caf\xC3\xA9?q=\"<\\>", kPage) == "https://idp.example:8443/adfs/ls/caf%C3%A9?q=%22%3C%5C%3E");
  CHECK(resolved("ht\ntps://other.example/", kPage) == "https://other.example/");
  CHECK(resolved("https://other.example:443/", kPage) == "https://other.example/");
  CHECK(resolved("//[::1]:8443/x", kPage) == "https://[::1]:8443/x");
  CHECK(resolved("a:b", "https://x/") == "'a:...' is not an http or https URL");
}

TEST_CASE("what is not a URL is not shown from where it may hold a password") {
  for (const auto& [text, shown] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"idp.example/saml", "idp.example/saml"},
           {"https//ada:hunter2@idp.example", "https//ada:..."},
           {"https//u:hunter2", "https//u:..."},
           {"ada:hunter2@idp.example", "ada:..."},
           {"hunter2@idp.example", "..."},
           {"htps://hunter2@idp.example", "htps://..."},
           {"ada:hunter2://idp.example", "ada:..."},
           {"ftp://ada:hunter2@idp.example", "ftp://ada:..."}}) {
    const auto location = parse_location(text);
    REQUIRE(!location);
    CHECK(location.error().text == "'" + std::string(shown) + "' is not an http or https URL");
  }
}

TEST_CASE("a fragment is apart, for a browser") {
  CHECK(fragment_of("https://a.example/start#/saml/aws?x=1#2") == "#/saml/aws?x=1#2");
  CHECK(fragment_of("https://a.example/#a b\"\n") == "#a%20b%22%0A");
  CHECK(fragment_of("https://a.example/start") == "");
  CHECK(to_text(*parse_location("https://a.example/start#/saml")) == "https://a.example/start");
}

TEST_CASE("what cannot be fetched is refused") {
  for (const std::string_view reference : {"javascript:alert(1)",
                                           "JAVASCRIPT:alert(1)",
                                           "data:text/html,x",
                                           "file:///etc/passwd",
                                           "mailto:x@example.org",
                                           "https://",
                                           "https://user@host/",
                                           "https://user:password@host/",
                                           "https://host:0/",
                                           "https://host:99999/",
                                           "https://ho st/",
                                           "https://[::g]/",
                                           "//"}) {
    CAPTURE(reference);
    const auto location = resolve(*parse_location("https://idp.example/"), reference);
    REQUIRE_FALSE(location);
    CHECK(location.error().fault == Fault::malformed);
  }
  CHECK_FALSE(resolve(*parse_location("https://idp.example/"), std::string(kLongestLocation + 1, 'x')));
  CHECK_FALSE(parse_location("idp.example/x"));
  CHECK_FALSE(parse_location("/x"));
  CHECK_FALSE(parse_location(""));
}

}  // namespace touchsts::codec
