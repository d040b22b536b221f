// Log-ins that go from one site to another: who is asked, and who is said to have refused.
#include <doctest/doctest.h>

#include "fake/fake_log_in.h"

namespace touchsts::saml {
namespace {

using namespace fake::log_in;

// The first site takes name, password and code, and sends the browser on to the second one.
struct TwoSites : Case {
  TwoSites() {
    page(std::string(kLogInPage));
    page(std::string(kCodePage));
    redirect(302, "https://second.example/callback?code=abc");
  }
};

}  // namespace

TEST_CASE("a second site that asks for user name and password has not refused the code of the first") {
  TwoSites idp;
  idp.page(std::string(kLogInPage));
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.helper.heard == "password https://idp.example\ncode 0 idp.example \npassword https://second.example\n");
}

TEST_CASE("a second site that asks for a code has not refused that of the first") {
  TwoSites idp;
  idp.helper.codes = {"123456", "654321"};
  idp.page(std::string(kCodePage));
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.helper.receivers == "https://idp.example\nhttps://second.example\n");
  CHECK_FALSE(idp.helper.heard.contains("does not take"));
}

TEST_CASE("a second site with an error has not been sent the code") {
  TwoSites idp;
  idp.page("<title>Oops</title>");
  CHECK(idp.log_in() == "https://second.example answers with \"Oops\" after https://idp.example was sent the code");
  CHECK(idp.error.fault == Fault::denied);
  CHECK(idp.http.sent.size() == 4);  // no other code is tried
}

TEST_CASE("who refuses a password is who was sent it") {
  // The form of the first site goes to a trusted one, which leads back.
  constexpr std::string_view kElsewhere =
      "<form method=post action=https://login.example/in><input name=username><input type=password name=p></form>";
  Case idp("https://login.example");
  idp.helper.terminal = false;
  idp.page(std::string(kElsewhere));
  idp.redirect(302, "https://idp.example/start");
  idp.page(std::string(kElsewhere));
  CHECK(idp.log_in() == "https://login.example does not take user name or password");
}

TEST_CASE("a site that finds out where a user belongs has not refused the name") {
  constexpr std::string_view kName = "<form method=post action=/name><input name=username></form>";
  Case idp;
  idp.page(std::string(kName));
  idp.redirect(302, "https://second.example/");
  idp.page(std::string(kName));
  idp.page("<form method=post action=/pw><input type=password name=password></form>");
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.helper.heard == "password https://second.example\n");
}

TEST_CASE("a password's field of the same name at a second site is not a refusal") {
  Case idp;
  idp.page(std::string(kLogInPage));
  idp.redirect(302, "https://second.example/");
  idp.page("<form method=post action=/in><input type=password name=password></form>");
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.helper.heard == "password https://idp.example\npassword https://second.example\n");
}

TEST_CASE("after a refusal that leads back to the first site, the second one asks anew") {
  Case idp;
  for (int i = 0; i < 2; ++i) {
    idp.page(std::string(kLogInPage));
    idp.redirect(302, "https://second.example/");
    idp.page(std::string(kLogInPage));
    if (i == 0) {
      idp.redirect(302, "https://idp.example/start");
    }
  }
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.helper.heard ==
        "password https://idp.example\npassword https://second.example\n"
        "https://second.example does not take user name or password\n"
        "password https://idp.example\npassword https://second.example\n");
}

TEST_CASE("after a wrong code that leads back to the first site, the second one asks anew") {
  Case idp;
  idp.helper.codes = {"111111", "123456"};
  for (int i = 0; i < 2; ++i) {
    idp.page(std::string(kLogInPage));
    idp.redirect(302, "https://second.example/");
    idp.page(std::string(kLogInPage));
    idp.page(std::string(kCodePage));
    if (i == 0) {
      idp.redirect(302, "https://idp.example/start");
    }
  }
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK_FALSE(idp.helper.heard.contains("does not take user name or password"));
}

TEST_CASE("a redirect to http names the site that sends it") {
  Case idp;
  idp.page(std::string(kLogInPage));
  idp.redirect(302, "http://second.example/?code=abc");
  CHECK(idp.log_in() ==
        "https://idp.example redirects to http://second.example, which is not https: nothing is sent there");
  CHECK(idp.error.fault == Fault::configuration);
}

TEST_CASE("a form for another origin is refused with one exit code, wherever that is found") {
  Case form;
  form.page("<form method=post action=https://other.example/><input name=username><input type=password name=p></form>");
  CHECK(form.log_in().contains("would send what you typed to https://other.example"));
  CHECK(form.error.fault == Fault::configuration);
  Case code;
  code.page(std::string(kLogInPage));
  code.page("<form method=post action=https://other.example/><input name=otp></form>");
  CHECK(code.log_in().contains("would send what you typed to https://other.example"));
  CHECK(code.error.fault == Fault::configuration);
  for (const int status : {307, 308}) {
    Case redirect;
    redirect.page(std::string(kLogInPage));
    redirect.redirect(status, "https://other.example/");
    CHECK(redirect.log_in() == "https://idp.example wants what you typed sent on to https://other.example");
    CHECK(redirect.error.fault == Fault::configuration);
    CHECK(redirect.error.hint.contains("saml_origins"));
  }
}

}  // namespace touchsts::saml
