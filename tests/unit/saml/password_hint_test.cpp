// What to do about a password that is rejected: who gave it knows.
#include <doctest/doctest.h>

#include "fake/fake_log_in.h"

namespace touchsts::saml {
namespace {

using namespace fake::log_in;

constexpr std::string_view kHint = "replace the stored one";

struct Stored : Case {
  Stored() { helper.hint = kHint; }
};

}  // namespace

TEST_CASE("a rejected password has the hint of who gave it, also when it was sent again") {
  Stored once;
  once.helper.terminal = false;
  once.page(std::string(kLogInPage));
  once.page(std::string(kLogInPage));
  CHECK(once.log_in() == "https://idp.example does not take user name or password");
  CHECK(once.error.hint == kHint);

  // A wrong code leads back to the beginning, where the password is not taken any more.
  Stored again;
  again.helper.codes = {"1", "2"};
  again.page(std::string(kLogInPage));
  again.page(std::string(kCodePage));
  for (int i = 0; i < 5; ++i) {
    again.page(std::string(kLogInPage));
  }
  CHECK(again.log_in() == "https://idp.example does not take user name or password");
  CHECK(again.error.hint == kHint);
}

TEST_CASE("a stored password is not sent again because a code may be typed again") {
  Stored idp;
  idp.helper.terminal = false;
  idp.page(std::string(kLogInPage));
  idp.page(std::string(kCodePage));
  idp.helper.retry_codes = true;
  for (int i = 0; i < 5; ++i) {
    idp.page(std::string(kLogInPage));
  }
  CHECK(idp.log_in() == "https://idp.example does not take user name or password");
  // Its own page, after the code that was refused, and no more.
  CHECK(idp.http.sent.size() == 4);
}

TEST_CASE("a refusal behind the password has its hint, unless it has one of its own or a code was sent since") {
  Stored page;
  page.page(std::string(kLogInPage));
  page.page("no", {{"content-type", "text/html"}}, 403);
  CHECK(page.log_in() == "https://idp.example answers with HTTP status 403");
  CHECK(page.error.hint == kHint);

  Stored code;
  code.helper.terminal = false;
  code.page(std::string(kLogInPage));
  code.page(std::string(kCodePage));
  code.page(std::string(kCodePage));
  CHECK(code.log_in() == "https://idp.example does not take the code");
  CHECK(code.error.hint.empty());

  Stored elsewhere;
  elsewhere.page(std::string(kLogInPage));
  elsewhere.redirect(307, "https://other.example/");
  elsewhere.log_in();
  CHECK(elsewhere.error.hint.contains("saml_origins"));
}

TEST_CASE("a form that takes password and code at once also has the password's hint") {
  constexpr std::string_view kCombined =
      "<form method=post action=/login><input name=username><input type=password name=password><input name=otp></form>";
  Stored idp;
  idp.helper.terminal = false;
  idp.page(std::string(kCombined));
  idp.page(std::string(kCombined));
  CHECK(idp.log_in() == "https://idp.example does not take user name, password or code");
  CHECK(idp.error.hint == kHint);
}

TEST_CASE("Okta: a rejected password has the hint of who gave it, a locked account its own") {
  const auto hint = [](std::string_view code) {
    Stored okta;
    okta.helper.terminal = false;
    okta.request.provider = Provider::okta;
    okta.json(std::format(R"({{"errorCode":"{}"}})", code), 401);
    okta.log_in();
    return okta.error.hint;
  };
  CHECK(hint("E0000004") == kHint);
  CHECK(hint("E0000069") == "wait, or unlock it at Okta");
  CHECK(hint("E0000000") == kHint);
}

}  // namespace touchsts::saml
