// Okta's authentication API (/api/v1/authn): requests and answers, as data. Names are the API's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "saml/sent_secrets.h"

namespace touchsts::saml {

// OktaFactor is one way to show a second factor.
struct OktaFactor {
  std::string id;
  std::string type;      // factorType: "token:software:totp", "push", "sms", "question", ...
  std::string provider;  // "OKTA", "GOOGLE", ...
  std::string label;     // what a person knows it by: a telephone number, the question, the account's name
};

// OktaAnswer is where the transaction stands.
struct OktaAnswer {
  std::string status;         // "SUCCESS", "MFA_REQUIRED", "MFA_CHALLENGE", "PASSWORD_EXPIRED", ...
  std::string factor_result;  // of a challenge: "WAITING", "REJECTED", "TIMEOUT", ...; else empty
  Secret state_token;         // goes with every later request
  Secret session_token;       // of SUCCESS: good once, for a session
  std::vector<OktaFactor> factors;
  std::string number;  // to be chosen on the telephone (push with a number challenge); else empty
};

// parse_okta_answer reads the answer to any request of the API, with its HTTP status. Errors say what Okta said, unless
// that repeats one of `sent`: Fault::denied for wrong passwords and codes and for locked accounts, Fault::network for a
// rate limit, else Fault::malformed.
Result<OktaAnswer> parse_okta_answer(int http_status, const Secret& body, const SentSecrets& sent = {});

// is_wrong_password: Okta did not take user name or password.
bool is_wrong_password(const Error& error);

// is_wrong_code: Okta did not take the passcode or answer; another one may be tried.
bool is_wrong_code(const Error& error);

// The encode_ functions make the JSON of a POST.
Secret encode_okta_log_in(std::string_view username, const Secret& password);
Secret encode_okta_state(const Secret& state_token);
Secret encode_okta_passcode(const Secret& state_token, const Secret& passcode);
Secret encode_okta_answer(const Secret& state_token, const Secret& answer);

inline constexpr std::string_view kOktaLogInPath = "/api/v1/authn";

// verify_path is where a factor is challenged and its code or answer goes.
std::string okta_verify_path(const OktaFactor& factor);

}  // namespace touchsts::saml
