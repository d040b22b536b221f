#include "saml/log_in.h"

#include <doctest/doctest.h>

#include "fake/fake_log_in.h"

namespace touchsts::saml {
namespace {

using namespace fake::log_in;

}  // namespace

TEST_CASE("forms: a user name and a password, and there is the assertion") {
  Case idp;
  idp.page(std::string(kLogInPage));
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.requests() ==
        "GET https://idp.example/start\n"
        "POST https://idp.example/login s=1&username=ada%40example.com&password=p%26w\n");
  CHECK(idp.helper.heard == "password https://idp.example\n");
}

TEST_CASE("forms: one after the other, with a code and pages that go on by themselves") {
  Case idp;
  idp.page("<form method=post action=/1><input type=hidden name=SAMLRequest value=x></form>");
  idp.page("<form method=post action=/2><input name=identifier></form>");
  idp.page("<form method=post action=/3><input type=password name=pw></form>");
  idp.page(std::string(kCodePage));
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.requests() ==
        "GET https://idp.example/start\n"
        "POST https://idp.example/1 SAMLRequest=x\n"
        "POST https://idp.example/2 identifier=ada%40example.com\n"
        "POST https://idp.example/3 pw=p%26w\n"
        "POST https://idp.example/code otp=123456\n");
  CHECK(idp.helper.heard == "password https://idp.example\ncode 0 idp.example \n");
}

TEST_CASE("forms: a page that would go elsewhere after the deadline is sent before") {
  Case idp;
  idp.page(
      "<meta http-equiv=refresh content='1800;url=/timeout'><form method=post action=/consent><input type=hidden "
      "name=c "
      "value=1><button>Continue</button></form>");
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
}

TEST_CASE("forms: the name stands on the password's page again") {
  Case idp;
  idp.page("<form method=post action=/1><input name=username></form>");
  idp.page("<form method=post action=/2><input name=username value=ada><input type=password name=password></form>");
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.helper.heard == "password https://idp.example\n");
}

TEST_CASE("forms: a second site that asks has not refused the password of the first") {
  Case idp;
  idp.page(std::string(kLogInPage));
  idp.page(
      "<base href=https://hub.example/><form method=post action=/in><input name=u><input type=password name=p></form>");
  idp.page(std::string(kAssertion));
  const std::string said = idp.log_in();
  CHECK_MESSAGE(!said.contains("does not take user name or password"), said);
}

TEST_CASE("forms: what goes wrong") {
  Case wrong;
  wrong.helper.terminal = false;
  wrong.page(std::string(kLogInPage));
  wrong.page(std::string(kLogInPage));
  CHECK(wrong.log_in() == "https://idp.example does not take user name or password");

  Case wrong_user;
  wrong_user.page("<form method=post><input name=identifier></form>");
  wrong_user.page("<form method=post><input name=identifier></form>");
  CHECK(wrong_user.log_in() == "https://idp.example does not take user name or password");

  Case wrong_code;
  wrong_code.helper.terminal = false;
  wrong_code.page(std::string(kLogInPage));
  wrong_code.page(std::string(kCodePage));
  wrong_code.page(std::string(kCodePage));
  CHECK(wrong_code.log_in() == "https://idp.example does not take the code");

  Case strange;
  strange.page("<title>Loading ...</title><script>x</script>");
  CHECK(strange.log_in() ==
        "the page \"Loading ...\" of https://idp.example cannot be answered: this step needs a browser");

  Case thief;
  thief.page("<form method=post action=https://evil.example/><input name=username><input type=password name=p></form>");
  CHECK(thief.log_in() == "the form of https://idp.example would send what you typed to https://evil.example");

  Case plain;
  plain.page("<form method=post action=http://idp.example/><input name=username><input type=password name=p></form>");
  CHECK(plain.log_in().contains("http://idp.example"));
  CHECK(plain.http.sent.size() == 1);

  Case in_url;
  in_url.page("<form action=/go><input name=username><input type=password name=p></form>");
  CHECK(in_url.log_in() == "the form of https://idp.example would put what you typed into a URL");

  CHECK(thief.helper.heard.empty());  // nobody types for it

  Case endless;
  for (int i = 0; i < 20; ++i) {
    endless.page(std::format("<form method=post action=/{}><input type=hidden name=a></form>", i));
  }
  CHECK(endless.log_in() == "the identity provider shows more than 12 pages");
}

TEST_CASE("forms: an assertion for a hub is posted on; AWS's is taken") {
  Case hub;
  hub.page(std::string(kLogInPage));
  hub.page(
      "<form method=post action=https://hub.example/acs><input type=hidden name=SAMLResponse value=SHVi></form>"
      "<form action=/search><input name=q></form>");
  hub.page(std::string(kAssertion));
  CHECK(hub.log_in() == "assertion PHNh");
  CHECK(hub.requests().ends_with("POST https://hub.example/acs SAMLResponse=SHVi\n"));

  Case own;
  own.request.destination = *codec::parse_location("https://sts.example/saml");
  own.page("<form method=post action=https://sts.example/saml><input type=hidden name=SAMLResponse value=T3du></form>");
  CHECK(own.log_in() == "assertion T3du");
}

TEST_CASE("forms: a page that waits is waited at, at its own pace") {
  constexpr std::string_view kWaiting =
      "<form method=post action=/wait><input type=hidden name=AuthMethod value=AzureMfaAuthentication><input "
      "type=hidden "
      "name=Context value=c></form><script>setTimeout(submit)</script>";
  Case waiting;
  waiting.page(std::string(kLogInPage));
  for (int i = 0; i < 8; ++i) {
    waiting.page(std::string(kWaiting));
  }
  waiting.page(std::string(kAssertion));
  CHECK(waiting.log_in() == "assertion PHNh");
  CHECK(waiting.clock.monotonic == Seconds(1 + 2 + 3 + 4 + 5 + 5 + 5));
  CHECK(waiting.helper.heard ==
        "password https://idp.example\nwaiting for your phone: confirm the sign-in at https://idp.example\n");

  Case never;
  for (int i = 0; i < 30; ++i) {
    never.page(std::string(kWaiting));
  }
  CHECK(never.log_in() == "timed out waiting for the sign-in to be confirmed");
  CHECK(never.clock.monotonic < Seconds(60));

  Case refreshing;
  for (int i = 0; i < 15; ++i) {
    refreshing.page(
        "<meta http-equiv=refresh content=3><p>Confirm on your phone<form method=post action=/c><input "
        "type=hidden name=x value=1><button>Cancel</button></form>");
  }
  refreshing.page(std::string(kAssertion));
  CHECK(refreshing.log_in() == "assertion PHNh");
  CHECK(refreshing.clock.monotonic == Seconds(45));
  CHECK_FALSE(refreshing.requests().contains("POST"));

  // Two pages that take turns, one of them with a message for the other.
  Case turns;
  turns.page(std::string(kLogInPage));
  for (int i = 0; i < 4; ++i) {
    turns.page(std::string(kWaiting));
    turns.page("<form method=post action=/back><input type=hidden name=wresult value=w></form>");
  }
  turns.page(std::string(kAssertion));
  CHECK(turns.log_in() == "assertion PHNh");
  CHECK(turns.clock.monotonic == Seconds(1 + 2 + 3 + 4 + 5 + 5));
}

TEST_CASE("forms: refreshes are followed, by page and by header") {
  Case page;
  page.page("<base href=/b/><meta http-equiv=refresh content='0;url=next?a=1'>");
  page.page("moved", {{"content-type", "text/html"}, {"refresh", "2; url=https://login.example/in"}});
  page.page(std::string(kAssertion));
  CHECK(page.log_in() == "assertion PHNh");
  CHECK(page.requests() ==
        "GET https://idp.example/start\nGET https://idp.example/b/next?a=1\nGET https://login.example/in\n");
  CHECK(page.clock.monotonic == Seconds(2));

  // A form comes first, and one that scripts would send before what <noscript> says.
  Case form;
  form.page("<meta http-equiv=refresh content=900>" + std::string(kLogInPage));
  form.page(
      "<noscript><meta http-equiv=refresh content='0;url=/no-scripts'></noscript><form method=post action=/on>"
      "<input type=hidden name=a value=1></form><script></script>");
  form.page(std::string(kAssertion));
  CHECK(form.log_in() == "assertion PHNh");
  CHECK(form.requests().ends_with("POST https://idp.example/on a=1\n"));

  Case plain;
  plain.page("<meta http-equiv=refresh content='0;url=http://idp.example/'>");
  CHECK(plain.log_in() == "http://idp.example is not https: nothing is sent there");

  Case loop;
  for (int i = 0; i < 60; ++i) {
    loop.page("<meta http-equiv=refresh content=0>");
  }
  CHECK(loop.log_in() == "timed out waiting for the sign-in to be confirmed");

  Case late;
  late.page("<title>Locked</title><meta http-equiv=refresh content=900>");
  CHECK(late.log_in() == "the page \"Locked\" of https://idp.example cannot be answered: this step needs a browser");
}

TEST_CASE("forms: what only a script can fill in needs a browser") {
  constexpr std::string_view kKey =
      "<title>Security key</title><script>navigator.credentials.get()</script><form method=post action=/key><input "
      "type=hidden "
      "name=challenge value=c><input type=hidden name=signature><input type=hidden name=RelayState></form>";
  Case key;
  key.page(std::string(kLogInPage));
  key.page(std::string(kKey));
  key.page(std::string(kKey));
  CHECK(key.log_in() ==
        "the page \"Security key\" of https://idp.example cannot be answered: this step needs a browser");
  CHECK(key.http.sent.size() == 3);
  CHECK(key.clock.monotonic == Seconds(0));

  Case begun_again;
  begun_again.page(std::string(kLogInPage));
  begun_again.page(std::string(kKey));
  begun_again.page(std::string(kLogInPage));
  CHECK(begun_again.log_in().ends_with("this step needs a browser"));
  CHECK(begun_again.helper.heard == "password https://idp.example\n");
}

TEST_CASE("forms: a page with a form is a page, whatever its status is") {
  Case negotiate;
  negotiate.page(std::string(kLogInPage), {{"content-type", "text/html"}, {"www-authenticate", "Negotiate"}}, 401);
  negotiate.page(std::string(kCodePage), {{"content-type", "text/html"}}, 403);
  negotiate.page(std::string(kAssertion));
  CHECK(negotiate.log_in() == "assertion PHNh");

  Case gone;
  gone.page("<h1>Forbidden", {{"content-type", "text/html"}}, 403);
  CHECK(gone.log_in() == "https://idp.example answers with HTTP status 403");

  Case wrong;
  wrong.helper.terminal = false;
  wrong.page(std::string(kLogInPage));
  wrong.page(std::string(kLogInPage), {{"content-type", "text/html"}}, 401);
  CHECK(wrong.log_in() == "https://idp.example does not take user name or password");
}

TEST_CASE("forms: a person at a terminal has three tries") {
  Case password;
  password.page(std::string(kLogInPage));
  password.page(std::string(kLogInPage));
  password.page(std::string(kLogInPage));
  password.page(std::string(kAssertion));
  CHECK(password.log_in() == "assertion PHNh");
  CHECK(password.helper.heard ==
        "password https://idp.example\nhttps://idp.example does not take user name or password\npassword "
        "https://idp.example\nhttps://idp.example does not take user name or password\npassword https://idp.example\n");

  Case never;
  for (int i = 0; i < 9; ++i) {
    never.page(std::string(kLogInPage));
  }
  CHECK(never.log_in() == "https://idp.example does not take user name or password");
  CHECK(never.http.sent.size() == 4);

  // First the name, then the password, and after a wrong one the name again.
  Case two_pages;
  for (int i = 0; i < 2; ++i) {
    two_pages.page("<form method=post action=/2><input name=identifier></form>");
    two_pages.page("<form method=post action=/3><input type=password name=pw></form>");
  }
  two_pages.page(std::string(kAssertion));
  CHECK(two_pages.log_in() == "assertion PHNh");

  Case code;
  code.helper.codes = {"1", "2", "3", "4"};
  code.page(std::string(kLogInPage));
  for (int i = 0; i < 4; ++i) {
    code.page(std::string(kCodePage));
  }
  CHECK(code.log_in() == "https://idp.example does not take the code");
  CHECK(code.helper.codes.size() == 1);
}

TEST_CASE("forms: a wrong code, wherever it leads") {
  const std::string log_in(kLogInPage), code(kCodePage), says = "<title>Error</title><p>Bad code<a href=/>Back</a>";
  const auto after = [&](const std::string& page, int status = 200) {
    Case wrong;
    wrong.helper.terminal = false;
    wrong.page(log_in);
    wrong.page(code);
    wrong.page(page, {{"content-type", "text/html"}}, status);
    const auto assertion = saml::log_in(wrong.request, wrong.web, wrong.clock, wrong.helper);
    CHECK(assertion.error().fault == Fault::denied);
    return assertion.error().text;
  };
  for (const auto& page : {log_in, code, says}) {
    CHECK(after(page) == "https://idp.example does not take the code");
    CHECK(after(page, 401) == "https://idp.example does not take the code");
  }
  // At a terminal it goes on from there; the password is not asked for again.
  for (const auto& page : {log_in, says}) {
    Case retried;
    retried.helper.codes = {"1", "123456"};
    retried.page(log_in);
    retried.page(code);
    retried.page(page);
    if (page == says) {
      retried.page(log_in);
    }
    retried.page(code);
    retried.page(std::string(kAssertion));
    CHECK(retried.log_in() == "assertion PHNh");
    CHECK(retried.helper.heard ==
          "password https://idp.example\ncode 0 idp.example \nhttps://idp.example does not take the code\ncode 0 "
          "idp.example \n");
  }
}

TEST_CASE("forms: a button that nobody but a person can choose") {
  constexpr std::string_view kChoice =
      "<title>How?</title><form method=post action=/how><input type=hidden name=s value=1><button name=w "
      "value=sms>Send "
      "SMS</button><button name=w value=call>Call me</button><button name=w value=no>Cancel</button></form>";
  Case asked;
  asked.helper.choice = 1;
  asked.page(std::string(kChoice));
  asked.page(std::string(kAssertion));
  CHECK(asked.log_in() == "assertion PHNh");
  CHECK(asked.requests().ends_with("s=1&w=call\n"));
  CHECK(asked.helper.heard ==
        "The page \"How?\" of https://idp.example asks: [Send SMS] [Call me] [(none of these: stop)]\n");
  Case stopped;
  stopped.helper.choice = 2;
  stopped.page(std::string(kChoice));
  CHECK(stopped.log_in() == "no button of the page was chosen");
  CHECK(stopped.http.sent.size() == 1);
}

TEST_CASE("forms: who receives the secrets is asked for them by that name") {
  Case elsewhere("https://login.example");
  elsewhere.page(
      "<form method=post action=https://login.example/in><input name=username><input type=password name=p></form>");
  elsewhere.redirect(302, "https://mfa.example/");
  elsewhere.page(std::string(kCodePage));
  elsewhere.page(std::string(kAssertion));
  CHECK(elsewhere.log_in() == "assertion PHNh");
  CHECK(elsewhere.helper.heard == "password https://login.example\ncode 0 mfa.example \n");
  CHECK(elsewhere.helper.receivers == "https://mfa.example\n");
}

}  // namespace touchsts::saml
