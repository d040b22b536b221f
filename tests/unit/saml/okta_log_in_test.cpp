#include "saml/okta_log_in.h"

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
