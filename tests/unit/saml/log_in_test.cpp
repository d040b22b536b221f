#include "saml/log_in.h"

#include <deque>

#include <doctest/doctest.h>

#include "fake/fake_site.h"

namespace touchsts::saml {
namespace {

struct FakeHelper : Helper {
  std::deque<std::string> codes = {"123456"};
  std::size_t choice = 0;
  std::string heard;  // what was asked and told

  Result<Secret> password(const codec::Origin& at) override {
    heard += "password " + to_text(at) + "\n";
    return Secret("p&w");
  }
  Result<Secret> code(const CodeWish& wish) override {
    heard += "code " + std::to_string(static_cast<int>(wish.kind)) + " " + wish.issuer + " " + wish.label + "\n";
    if (codes.empty()) {
      return fail(Fault::denied, "no code");
    }
    const std::string code = codes.front();
    codes.pop_front();
    return Secret(code);
  }
  Result<std::size_t> choose(std::string_view question, const std::vector<std::string>& labels) override {
    heard += std::string(question) + ":";
    for (const auto& label : labels) {
      heard += " [" + label + "]";
    }
    heard += "\n";
    return choice;
  }
  void tell(std::string_view text) override { heard += std::string(text) + "\n"; }
};

struct Case : fake::FakeSite {
  FakeHelper helper;
  LogInRequest request{.provider = Provider::forms,
                       .endpoint = *codec::parse_location("https://idp.example/start"),
                       .username = "ada@example.com",
                       .names = {}};

  std::string log_in() {
    const auto assertion = saml::log_in(request, web, clock, helper);
    return assertion ? "assertion " + std::string(assertion->reveal_text()) : assertion.error().text;
  }
};

constexpr std::string_view kLogInPage =
    "<form method=post action=/login><input type=hidden name=s value=1><input name=username><input type=password "
    "name=password></form>";
constexpr std::string_view kAssertion =
    "<form method=post action=https://signin.aws.amazon.com/saml><input type=hidden name=SAMLResponse "
    "value=PHNh></form>";
constexpr std::string_view kCodePage = "<title>Code</title><form method=post action=/code><input name=otp></form>";

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

TEST_CASE("forms: what goes wrong") {
  Case wrong;
  wrong.page(std::string(kLogInPage));
  wrong.page(std::string(kLogInPage));
  CHECK(wrong.log_in() == "https://idp.example does not take user name or password");

  Case wrong_user;
  wrong_user.page("<form method=post><input name=identifier></form>");
  wrong_user.page("<form method=post><input name=identifier></form>");
  CHECK(wrong_user.log_in() == "https://idp.example does not take user name or password");

  Case wrong_code;
  wrong_code.page(std::string(kLogInPage));
  wrong_code.page(std::string(kCodePage));
  wrong_code.page(std::string(kCodePage));
  CHECK(wrong_code.log_in() == "https://idp.example does not take the code");

  Case strange;
  strange.page("<title>Loading ...</title><script>x</script>");
  CHECK(strange.log_in() ==
        "the page \"Loading ...\" of https://idp.example wants what cannot be done without a browser");

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

  Case endless;
  for (int i = 0; i < 20; ++i) {
    endless.page("<form method=post><input type=hidden name=a></form>");
  }
  CHECK(endless.log_in() == "the identity provider shows more than 12 pages");
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
                                     std::pair("TIMEOUT", "nobody confirmed the log-in on the telephone"),
                                     std::pair("ERROR", "Okta could not ask on the telephone")}) {
    Okta refused;
    refused.json(factors(kPush));
    refused.json(challenge(result));
    CHECK(refused.log_in() == text);
  }
}

TEST_CASE("Okta: log-ins that end otherwise") {
  const auto ends = [](std::string_view json, int status = 200) {
    Okta okta;
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
  expired.json(std::string(kSuccess));
  expired.page(std::string(kLogInPage));
  CHECK(expired.log_in() == "https://org.okta.com does not take user name or password");
}

}  // namespace touchsts::saml
