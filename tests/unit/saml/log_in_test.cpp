#include "saml/log_in.h"

#include <doctest/doctest.h>

#include "fake/fake_log_in.h"

namespace touchsts::saml {
namespace {

using namespace fake::log_in;

std::string factors(std::string_view list) {
  return std::format(R"({{"stateToken":"st","status":"MFA_REQUIRED","_embedded":{{"factors":[{}]}}}})", list);
}
constexpr std::string_view kTotp =
    R"({"id":"t1","factorType":"token:software:totp","provider":"GOOGLE","profile":{"credentialId":"ada"}})";
constexpr std::string_view kSms =
    R"({"id":"s1","factorType":"sms","provider":"OKTA","profile":{"phoneNumber":"+1 XXX-1337"}})";
constexpr std::string_view kPush = R"({"id":"p1","factorType":"push","provider":"OKTA","profile":{"name":"phone"}})";
constexpr std::string_view kSuccess = R"({"status":"SUCCESS","sessionToken":"se+s"})";

struct Okta : Case {
  Okta() {
    request.provider = Provider::okta;
    request.endpoint = *codec::parse_location("https://org.okta.com/home/amazon_aws/0oa/272");
  }
  void refuse(std::string_view code, int status) {
    json(std::format(R"({{"errorCode":"{}","errorSummary":"x"}})", code), status);
  }
};

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

TEST_CASE("Okta: a wrong password can be typed again") {
  Okta okta;
  okta.refuse("E0000004", 401);
  okta.json(std::string(kSuccess));
  okta.page(std::string(kAssertion));
  CHECK(okta.log_in() == "assertion PHNh");
  Okta never;
  for (int i = 0; i < 5; ++i) {
    never.refuse("E0000004", 401);
  }
  CHECK(never.log_in() == "Okta refuses user name or password");
  CHECK(never.http.sent.size() == 3);
  Okta given;
  given.helper.terminal = false;
  given.refuse("E0000004", 401);
  CHECK(given.log_in() == "Okta refuses user name or password");
  CHECK(given.http.sent.size() == 1);
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

TEST_CASE("Okta: a password alone, then the app's page with the session") {
  Okta okta;
  okta.json(std::string(kSuccess));
  okta.redirect(302, "/sso/saml");
  okta.page(std::string(kAssertion));
  CHECK(okta.log_in() == "assertion PHNh");
  CHECK(okta.requests() ==
        "POST https://org.okta.com/api/v1/authn {\"username\":\"ada@example.com\",\"password\":\"p&w\",\"options\":"
        "{\"multiOptionalFactorEnroll\":false,\"warnBeforePasswordExpired\":false}}\n"
        "GET https://org.okta.com/home/amazon_aws/0oa/272?sessionToken=se%2Bs\n"
        "GET https://org.okta.com/sso/saml\n");
  CHECK(okta.http.sent.front().headers.at("Accept") == "application/json");
  CHECK(okta.http.sent.front().headers.at("Content-Type") == "application/json");
}

TEST_CASE("Okta: one-time passwords") {
  Okta okta;
  okta.helper.codes = {"000000", "123456"};
  okta.request.endpoint.target += "?fromURI=x";
  okta.json(factors(kTotp));
  okta.refuse("E0000068", 403);
  okta.json(std::string(kSuccess));
  okta.page(std::string(kAssertion));
  CHECK(okta.log_in() == "assertion PHNh");
  CHECK(okta.http.sent[1].path == "/api/v1/authn/factors/t1/verify");
  CHECK(okta.http.sent[1].body == R"({"stateToken":"st","passCode":"000000"})");
  CHECK(okta.http.sent[2].body == R"({"stateToken":"st","passCode":"123456"})");
  CHECK(okta.http.sent[3].path == "/home/amazon_aws/0oa/272?fromURI=x&sessionToken=se%2Bs");
  CHECK(okta.helper.heard ==
        "password https://org.okta.com\ncode 0 Google ada\nOkta does not take the code\ncode 0 Google ada\n");

  CHECK(okta.helper.receivers == "https://org.okta.com\nhttps://org.okta.com\n");

  Okta given;  // a code that came with the command serves once
  given.helper.terminal = false;
  given.json(factors(kTotp));
  given.refuse("E0000068", 403);
  CHECK(given.log_in() == "Okta does not take the code");
  CHECK(given.http.sent.size() == 2);

  Okta never;
  never.helper.codes = {"1", "2", "3", "4"};
  never.json(factors(kTotp));
  for (int i = 0; i < 3; ++i) {
    never.refuse("E0000068", 403);
  }
  CHECK(never.log_in() == "Okta does not take the code");
  CHECK(never.helper.codes.size() == 1);
}

TEST_CASE("Okta: a choice of factors, and codes by SMS and questions") {
  Okta okta;
  okta.helper.choice = 1;
  okta.json(factors(std::string(kTotp) + "," + std::string(kSms) +
                    R"(,{"id":"w","factorType":"webauthn","provider":"FIDO"})"));
  okta.json(R"({"stateToken":"st","status":"MFA_CHALLENGE"})");
  okta.json(std::string(kSuccess));
  okta.page(std::string(kAssertion));
  CHECK(okta.log_in() == "assertion PHNh");
  CHECK(okta.helper.heard ==
        "password https://org.okta.com\nSecond factor at Okta: [one-time password (ada)] [code by SMS (+1 XXX-1337)]\n"
        "code 1 Okta +1 XXX-1337\n");
  CHECK(okta.http.sent[1].body == R"({"stateToken":"st"})");
  CHECK(okta.http.sent[2].body == R"({"stateToken":"st","passCode":"123456"})");

  Okta question;
  question.helper.codes = {"cake"};
  question.json(factors(R"({"id":"q","factorType":"question","provider":"OKTA","profile":{"questionText":"Food?"}})"));
  question.json(std::string(kSuccess));
  question.page(std::string(kAssertion));
  CHECK(question.log_in() == "assertion PHNh");
  CHECK(question.http.sent[1].body == R"({"stateToken":"st","answer":"cake"})");
  CHECK(question.helper.heard.ends_with("code 2 Okta Food?\n"));
}

TEST_CASE("Okta: a telephone that is waited for") {
  const auto challenge = [](std::string_view result, std::string_view number = "") {
    return std::format(
        R"({{"stateToken":"st","status":"MFA_CHALLENGE","factorResult":"{}","_embedded":{{"factor":{{"_embedded":{{"challenge":{{{}}}}}}}}}}})",
        result,
        number);
  };
  Okta okta;
  okta.json(factors(kPush));
  okta.json(challenge("WAITING"));
  okta.json(challenge("WAITING", R"("correctAnswer":92)"));
  okta.json(challenge("WAITING", R"("correctAnswer":92)"));
  okta.json(std::string(kSuccess));
  okta.page(std::string(kAssertion));
  CHECK(okta.log_in() == "assertion PHNh");
  CHECK(okta.helper.heard ==
        "password https://org.okta.com\nconfirm the log-in on your telephone\nconfirm the log-in on your telephone: "
        "choose 92\n");
  CHECK(okta.clock.monotonic == std::chrono::seconds(9));
  for (const auto& [result, text] : {std::pair("REJECTED", "the log-in was refused on the telephone"),
                                     std::pair("TIMEOUT", "the log-in was not confirmed on the telephone in time"),
                                     std::pair("ERROR", "Okta could not ask on the telephone")}) {
    Okta refused;
    refused.json(factors(kPush));
    refused.json(challenge(result));
    CHECK(refused.log_in() == text);
  }
}

TEST_CASE("Okta: a telephone that nobody answers ends with the deadline") {
  Okta okta;
  okta.json(factors(kPush));
  for (int i = 0; i < 30; ++i) {
    okta.json(R"({"stateToken":"st","status":"MFA_CHALLENGE","factorResult":"WAITING"})");
  }
  CHECK(okta.log_in() == "timed out waiting for the sign-in to be confirmed");
  CHECK(okta.clock.monotonic < Seconds(60));
}

TEST_CASE("Okta: log-ins that end otherwise") {
  const auto ends = [](std::string_view json, int status = 200) {
    Okta okta;
    okta.helper.terminal = false;
    okta.json(std::string(json), status);
    return okta.log_in();
  };
  CHECK(ends(R"({"errorCode":"E0000004"})", 401) == "Okta refuses user name or password");
  CHECK(ends(R"({"errorCode":"E0000047"})", 429) == "Okta has had too many requests");
  CHECK(ends(R"({"status":"PASSWORD_EXPIRED"})") == "your password at Okta has expired");
  CHECK(ends(R"({"status":"LOCKED_OUT"})") == "Okta has locked the account");
  CHECK(ends(R"({"status":"MFA_ENROLL"})") == "Okta wants a second factor to be enrolled first");
  CHECK(ends(R"({"status":"RECOVERY"})") == "Okta ends the log-in as RECOVERY");
  CHECK(ends(R"({"status":"SUCCESS"})") == "Okta ends the log-in as SUCCESS");
  CHECK(ends(factors("")) == "Okta takes none of the second factors that we can show");
  CHECK(ends(factors(R"({"id":"w","factorType":"webauthn"})")) ==
        "Okta takes none of the second factors that we can show");
  CHECK(ends("<html>") == "this is not Okta's authentication API");
  Okta expired;
  expired.helper.terminal = false;
  expired.json(std::string(kSuccess));
  expired.page(std::string(kLogInPage));
  CHECK(expired.log_in() == "https://org.okta.com does not take user name or password");
}

}  // namespace touchsts::saml
