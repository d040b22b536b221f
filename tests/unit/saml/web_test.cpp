#include "saml/web.h"

#include <doctest/doctest.h>

#include "fake/fake_site.h"

namespace touchsts::saml {
namespace {

struct Site : fake::FakeSite {
  using fake::FakeSite::FakeSite;
  Result<Page> get(std::string_view to) { return web.get(*codec::parse_location(to)); }
  Result<Page> post(std::string_view from, std::string_view to, Web::Holds holds) {
    return web.post(*codec::parse_location(from), *codec::parse_location(to), Secret("u=ada&p=x"), holds);
  }
};

std::string problem(const Result<Page>& page) { return page ? "" : page.error().text; }

}  // namespace

TEST_CASE("a page is fetched where redirects lead, with the cookies of each host") {
  Site site;
  site.page(
      "", {{"location", "/adfs/ls/?x=1"}, {"set-cookie", "a=1; path=/"}, {"set-cookie", "b=2; path=/other"}}, 302);
  site.redirect(303, "https://login.example/next");
  site.page("<title>Sign in</title>");
  const auto page = site.get("https://idp.example/start?q=%C3%A9");
  REQUIRE(page);
  CHECK(page->html.title == "Sign in");
  CHECK(to_text(page->at) == "https://login.example/next");
  CHECK(
      site.requests() ==
      "GET https://idp.example/start?q=%C3%A9\nGET https://idp.example/adfs/ls/?x=1\nGET https://login.example/next\n");
  CHECK_FALSE(site.http.sent[0].headers.contains("Cookie"));
  CHECK(site.http.sent[1].headers.at("Cookie") == "a=1");
  CHECK_FALSE(site.http.sent[2].headers.contains("Cookie"));
}

TEST_CASE("after a form, redirects are followed without it, unless they want it again") {
  for (const int status : {301, 302, 303}) {
    Site site;
    site.redirect(status, "https://other.example/x");
    site.page("");
    REQUIRE(site.post("https://idp.example/", "https://idp.example/go", Web::Holds::secrets));
    CHECK(site.requests() == "POST https://idp.example/go u=ada&p=x\nGET https://other.example/x\n");
  }
  for (const int status : {307, 308}) {
    Site site;
    site.redirect(status, "/again");
    site.page("");
    REQUIRE(site.post("https://idp.example/", "https://idp.example/go", Web::Holds::secrets));
    CHECK(site.requests() == "POST https://idp.example/go u=ada&p=x\nPOST https://idp.example/again u=ada&p=x\n");
  }
}

TEST_CASE("what was typed goes to the origin of its page alone") {
  for (const std::string_view to :
       {"https://evil.example/go", "https://idp.example:8443/go", "https://sub.idp.example/go"}) {
    Site site;
    CHECK(problem(site.post("https://idp.example/", to, Web::Holds::secrets))
              .starts_with("the form of https://idp.example would send"));
    CHECK(site.http.sent.empty());
  }
  Site site;
  site.redirect(307, "https://evil.example/go");
  CHECK(problem(site.post("https://idp.example/", "https://idp.example/go", Web::Holds::secrets)) ==
        "https://idp.example wants what you typed sent on to https://evil.example");
  CHECK(site.http.sent.size() == 1);
  site.page("");
  CHECK(site.post("https://idp.example/", "https://hub.example/go", Web::Holds::nothing_of_ours));
}

TEST_CASE("what was typed also goes to trusted origins, and to just these") {
  Site site("https://login.example");
  site.page("");
  CHECK(site.post("https://idp.example/", "https://login.example:443/go", Web::Holds::secrets));
  site.redirect(308, "https://LOGIN.example/again");
  site.page("");
  CHECK(site.post("https://idp.example/", "https://idp.example/go", Web::Holds::secrets));
  CHECK(site.http.sent.back().body == "u=ada&p=x");
  const std::size_t before = site.http.sent.size();
  for (const std::string_view to : {"https://login.example:444/",
                                    "https://login.example./",
                                    "https://a.login.example/",
                                    "https://login.example.evil/",
                                    "http://login.example/"}) {
    CHECK_MESSAGE(
        problem(site.post("https://idp.example/", to, Web::Holds::secrets)).contains("would send what you typed to"),
        to);
  }
  CHECK(site.http.sent.size() == before);
  const auto refused = site.post("https://idp.example/", "https://evil.example/", Web::Holds::secrets);
  CHECK(refused.error().hint == "if you trust it, add saml_origins = [\"https://evil.example\"] to the profile");
}

TEST_CASE("nothing goes over http") {
  Site site;
  CHECK(problem(site.get("http://idp.example/")) == "http://idp.example is not https: nothing is sent there");
  CHECK(problem(site.post("https://idp.example/", "http://idp.example/", Web::Holds::nothing_of_ours))
            .contains("is not https"));
  CHECK(site.http.sent.empty());
  site.redirect(302, "http://idp.example/");
  CHECK(problem(site.get("https://idp.example/")).contains("redirects to http://idp.example, which is not https"));
  CHECK(site.http.sent.size() == 1);
}

TEST_CASE("what is no page") {
  Site site;
  for (int i = 0; i <= kMostHops; ++i) {
    site.redirect(302, "/again");
  }
  CHECK(problem(site.get("https://idp.example/")) == "the identity provider redirects more than 10 times");
  site.redirect(302, "javascript:alert(1)");
  CHECK(problem(site.get("https://idp.example/")).starts_with("a redirect: "));
  site.page("{}", {{"content-type", "application/json"}}, 404);
  CHECK(problem(site.get("https://idp.example/")) == "https://idp.example answers with HTTP status 404");
  site.page(std::string(codec::kHtmlLimit + 1, 'x'), {}, 500);
  CHECK(problem(site.get("https://idp.example/")) == "https://idp.example answers with HTTP status 500");
  site.page("{}", {{"content-type", "application/json"}});
  CHECK(problem(site.get("https://idp.example/")) == "https://idp.example sends no page but application/json");
  site.page(std::string(codec::kHtmlLimit + 1, 'x'));
  CHECK(problem(site.get("https://idp.example/")).contains("larger than"));
  CHECK(problem(site.get("https://idp.example/")) == "nobody answers");
}

TEST_CASE("the query of a page, where tokens travel, is in no log") {
  Site site;
  site.page("");
  REQUIRE(site.get("https://idp.example/app?sessionToken=geheim"));
  for (const auto& line : site.log.lines) {
    CHECK_FALSE(line.contains("geheim"));
  }
}

TEST_CASE("character sets: a mark, the header, <meta>, in this order") {
  const auto title = [](std::string_view text, std::string type = "text/html") {
    Site site;
    site.page(std::string(text), {{"content-type", std::move(type)}});
    const auto page = site.get("https://idp.example/");
    return page ? page->html.title : page.error().text;
  };
  constexpr std::string_view kCafe = "caf\xC3\xA9";
  CHECK(title("<title>caf\xE9</title>", "text/html; charset=ISO-8859-1") == kCafe);
  CHECK(title("<title>caf\xE9 \x80</title>", "text/html; Charset=\"Windows-1252\"") == "caf\xC3\xA9 \xE2\x82\xAC");
  CHECK(title("<meta charset=iso-8859-1><title>caf\xE9</title>") == kCafe);
  CHECK(title("<META http-equiv=Content-Type content='text/html; charset = latin1'><title>caf\xE9</title>") == kCafe);
  CHECK(title("<meta charset=iso-8859-1><title>caf\xC3\xA9</title>", "text/html; charset=utf-8") == kCafe);
  CHECK(title("\xEF\xBB\xBF<meta charset=iso-8859-1><title>caf\xC3\xA9</title>", "text/html; charset=latin1") == kCafe);
  CHECK(title("<!-- <meta charset=latin1> --><title>caf\xC3\xA9</title>") == kCafe);
  CHECK(title("<p charset=latin1><title>caf\xC3\xA9</title>") == kCafe);
  CHECK(title(std::string(1024, ' ') + "<meta charset=latin1><title>caf\xC3\xA9</title>") == kCafe);
}

TEST_CASE("a page is a page, whatever its status is") {
  for (const int status : {401, 403, 400, 500}) {
    Site site;
    site.page("<form method=post action=/in><input name=user></form>",
              {{"content-type", "text/html"}, {"www-authenticate", "Negotiate"}},
              status);
    const auto page = site.get("https://idp.example/");
    REQUIRE(page);
    CHECK(page->status == status);
    CHECK(page->html.forms.size() == 1);
  }
}

}  // namespace touchsts::saml
