#include "saml/okta.h"

#include <doctest/doctest.h>

namespace touchsts::saml {
namespace {

std::string problem(int status, std::string_view body) {
  const auto answer = parse_okta_answer(status, Secret(body));
  return answer ? "" : answer.error().text;
}

std::string failure(std::string_view code, std::string_view summary = "x", std::string_view causes = "") {
  return std::format(R"({{"errorCode":"{}","errorSummary":"{}","errorLink":"{}","errorId":"oae","errorCauses":[{}]}})",
                     code,
                     summary,
                     code,
                     causes);
}

}  // namespace

TEST_CASE("an answer that wants a second factor") {
  const auto answer = parse_okta_answer(200, Secret(std::string_view(R"({
    "stateToken": "007ucIX7PATyn94hsHfOLVaXAmOBkKHWnOOLG43bsb",
    "expiresAt": "2026-11-03T10:15:57.000Z",
    "status": "MFA_REQUIRED",
    "_embedded": {
      "user": {"id": "00ub0oNGTSWTBKOLGLNR", "profile": {"login": "ada@example.com", "firstName": "Ada"}},
      "factors": [
        {"id": "rsalhpMQVYKHZKXZJQEW", "factorType": "token", "provider": "RSA", "profile": {"credentialId": "dade"}},
        {"id": "ostfm3hPNYSOIOIVTQWY", "factorType": "token:software:totp", "provider": "OKTA",
         "profile": {"credentialId": "ada@example.com"}, "_links": {"verify": {"href": "https://x/verify"}}},
        {"id": "smsl0", "factorType": "sms", "provider": "OKTA", "profile": {"phoneNumber": "+1 XXX-XXX-1337"}},
        {"id": "ufsl0", "factorType": "question", "provider": "OKTA",
         "profile": {"question": "disliked_food", "questionText": "What is the food you least liked?"}}]}})")));
  REQUIRE(answer);
  CHECK(answer->status == "MFA_REQUIRED");
  CHECK(answer->state_token.reveal_text() == "007ucIX7PATyn94hsHfOLVaXAmOBkKHWnOOLG43bsb");
  CHECK(answer->session_token.empty());
  std::string all;
  for (const auto& factor : answer->factors) {
    all += factor.id + " " + factor.type + " " + factor.provider + " " + factor.label + "\n";
  }
  CHECK(all ==
        "rsalhpMQVYKHZKXZJQEW token RSA dade\nostfm3hPNYSOIOIVTQWY token:software:totp OKTA ada@example.com\n"
        "smsl0 sms OKTA +1 XXX-XXX-1337\nufsl0 question OKTA What is the food you least liked?\n");
  CHECK(okta_verify_path(answer->factors[1]) == "/api/v1/authn/factors/ostfm3hPNYSOIOIVTQWY/verify");
}

TEST_CASE("a challenge, with and without a number") {
  const auto waiting = parse_okta_answer(200, Secret(std::string_view(R"({"stateToken":"s","status":"MFA_CHALLENGE",
    "factorResult":"WAITING","_embedded":{"factor":{"id":"opf","factorType":"push","_embedded":{"challenge":
    {"correctAnswer":92}}}}})")));
  REQUIRE(waiting);
  CHECK(waiting->factor_result == "WAITING");
  CHECK(waiting->number == "92");
  CHECK(waiting->factors.empty());
  const auto rejected =
      parse_okta_answer(200, Secret(std::string_view(R"({"status":"MFA_CHALLENGE","factorResult":"REJECTED"})")));
  CHECK(rejected->factor_result == "REJECTED");
  CHECK(rejected->number.empty());
  const auto done =
      parse_okta_answer(200, Secret(std::string_view(R"({"status":"SUCCESS","sessionToken":"00Fpzf4en68pCXTsM"})")));
  CHECK(done->session_token.reveal_text() == "00Fpzf4en68pCXTsM");
}

TEST_CASE("what Okta refuses") {
  CHECK(problem(401, failure("E0000004", "Authentication failed")) == "Okta refuses user name or password");
  CHECK(problem(403, failure("E0000069", "User Locked")) == "Okta has locked the account");
  CHECK(problem(429, failure("E0000047", "API call exceeded rate limit")) == "Okta has had too many requests");
  CHECK(problem(429, "") == "Okta has had too many requests");
  CHECK(problem(401, failure("E0000011", "Invalid token provided")) == "the log-in took too long for Okta");
  const auto wrong = parse_okta_answer(403, Secret(failure("E0000068", "Invalid Passcode/Answer")));
  REQUIRE_FALSE(wrong);
  CHECK(is_wrong_code(wrong.error()));
  CHECK(wrong.error().fault == Fault::denied);
  CHECK(problem(403, failure("E0000079", "y", R"({"errorSummary":"This operation is not allowed"})")) ==
        "Okta answers with HTTP status 403: This operation is not allowed");
  CHECK(problem(500, "<html>") == "Okta answers with HTTP status 500");
  for (const std::string_view body :
       {"", "<html>", "[]", "{}", R"({"status":)", R"({"status":"SUCCESS"} x)", R"({"status":7})"}) {
    CHECK(problem(200, body) == "this is not Okta's authentication API");
  }
  std::string deep = R"({"status":"SUCCESS","a":)";
  CHECK(problem(200, deep + std::string(100'000, '[')) == "this is not Okta's authentication API");
  CHECK(problem(200, deep + std::string(40, '[') + std::string(40, ']') + "}") ==
        "this is not Okta's authentication API");
  CHECK(problem(200, deep + std::string(20, '[') + std::string(20, ']') + "}") == "");
}

TEST_CASE("requests to Okta") {
  CHECK(
      encode_okta_log_in("a\"da", Secret("p\\w\n")).reveal_text() ==
      R"({"username":"a\"da","password":"p\\w\u000a","options":{"multiOptionalFactorEnroll":false,"warnBeforePasswordExpired":false}})");
  CHECK(encode_okta_state(Secret("s")).reveal_text() == R"({"stateToken":"s"})");
  CHECK(encode_okta_passcode(Secret("s"), Secret("123456")).reveal_text() ==
        R"({"stateToken":"s","passCode":"123456"})");
  CHECK(encode_okta_answer(Secret("s"), Secret("cake")).reveal_text() == R"({"stateToken":"s","answer":"cake"})");
  CHECK(okta_verify_path({.id = "../x", .type = "", .provider = "", .label = ""}) ==
        "/api/v1/authn/factors/..%2Fx/verify");
}

}  // namespace touchsts::saml
