#include "saml/okta_log_in.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/percent.h"
#include "saml/form_log_in.h"
#include "saml/okta.h"

namespace touchsts::saml {
namespace {

using namespace std::chrono_literals;

constexpr int kMostSteps = 12;   // of the state machine
constexpr int kMostTries = 3;    // of a password or a code
constexpr auto kPollEvery = 3s;  // whether the telephone was answered
constexpr int kMostPolls = 100;

enum class Manner { passcode, sent_passcode, answer, push, none };

Manner manner_of(const OktaFactor& factor) {
  const std::string& type = factor.type;
  return type.starts_with("token")                            ? Manner::passcode
         : type == "sms" || type == "call" || type == "email" ? Manner::sent_passcode
         : type == "question"                                 ? Manner::answer
         : type == "push"                                     ? Manner::push
                                                              : Manner::none;
}

std::string name_of(const OktaFactor& factor) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"token:software:totp", "one-time password"},
                                                                      {"token:hardware", "code of a hardware token"},
                                                                      {"sms", "code by SMS"},
                                                                      {"call", "code by a call"},
                                                                      {"email", "code by e-mail"},
                                                                      {"question", "security question"},
                                                                      {"push", "Okta Verify on the telephone"}};
  const auto known = std::ranges::find(kNames, factor.type, &std::pair<std::string_view, std::string_view>::first);
  const std::string name = known != std::end(kNames) ? std::string(known->second) : factor.type;
  return formatted("{}{}{}{}", name, factor.label.empty() ? "" : " (", factor.label, factor.label.empty() ? "" : ")");
}

class OktaLogIn {
 public:
  OktaLogIn(const LogInRequest& request, Web& web, io::Clock& clock, Helper& helper)
      : request_(request), web_(web), clock_(clock), helper_(helper) {}

  Result<Secret> session_token() {
    OktaAnswer answer = TRY(first_answer());
    for (int step = 0; step < kMostSteps; ++step) {
      if (answer.status == "SUCCESS" && !answer.session_token.empty()) {
        return std::move(answer.session_token);
      }
      if (answer.status != "MFA_REQUIRED") {
        return refused(answer.status);
      }
      auto next = TRY(show_factor(answer));
      answer = std::move(next);
    }
    return fail(Fault::malformed, "Okta asks for more than {} factors", kMostSteps);
  }

 private:
  Result<OktaAnswer> first_answer() {
    for (int count = 1;; ++count) {
      const Secret password = TRY(helper_.password(request_.endpoint.origin));
      web_.sent().add(password);
      auto answer = call(std::string(kOktaLogInPath), encode_okta_log_in(request_.username, password));
      if (answer) {
        return answer;
      }
      if (!is_wrong_password(answer.error()) || count == kMostTries || !helper_.may_retry()) {
        return with_password_hint(std::move(answer).error());
      }
      helper_.tell(answer.error().text);
    }
  }

  // A locked account has a hint of its own.
  std::unexpected<Error> with_password_hint(Error error) {
    const std::string hint = helper_.password_hint();
    const bool may_be_the_password = error.fault == Fault::denied && (error.hint.empty() || is_wrong_password(error));
    if (may_be_the_password && !hint.empty()) {
      error.hint = hint;
    }
    return std::unexpected(std::move(error));
  }

  Result<OktaAnswer> call(const std::string& path, const Secret& json) {
    const auto reply = TRY(web_.post_json({request_.endpoint.origin, path}, json));
    return parse_okta_answer(reply.status, reply.body, web_.sent());
  }

  std::unexpected<Error> refused(const std::string& status) const {
    const std::string where = to_text(request_.endpoint.origin);
    if (status == "PASSWORD_EXPIRED") {
      return hinted(fail(Fault::denied, "your password at Okta has expired"),
                    formatted("change it at {}", Untrusted{where}));
    }
    if (status == "LOCKED_OUT") {
      return hinted(fail(Fault::denied, "Okta has locked the account"), formatted("unlock it at {}", Untrusted{where}));
    }
    if (status.starts_with("MFA_ENROLL")) {
      return hinted(fail(Fault::denied, "Okta wants a second factor to be enrolled first"),
                    formatted("log in at {}", Untrusted{where}));
    }
    return hinted(fail(Fault::denied, "Okta ends the log-in as {}", Untrusted{web_.sent().shown(status)}),
                  formatted("log in at {}", Untrusted{where}));
  }

  Result<OktaAnswer> show_factor(const OktaAnswer& required) {
    std::vector<const OktaFactor*> factors;
    std::vector<std::string> names;
    for (const auto& factor : required.factors) {
      if (manner_of(factor) != Manner::none) {
        factors.push_back(&factor);
        names.push_back(web_.sent().shown(name_of(factor)));
      }
    }
    if (factors.empty()) {
      return hinted(fail(Fault::denied, "Okta takes none of the second factors that we can show"),
                    required.factors.empty()
                        ? ""
                        : formatted("it takes {}", Untrusted{web_.sent().shown(name_of(required.factors.front()))}));
    }
    const std::size_t chosen = factors.size() == 1 ? 0 : TRY(helper_.choose("Second factor at Okta", names));
    return verify(*factors.at(chosen), required.state_token);
  }

  Result<OktaAnswer> verify(const OktaFactor& factor, const Secret& state) {
    const std::string path = okta_verify_path(factor);
    switch (manner_of(factor)) {
      case Manner::push:
        return push(path, state);
      case Manner::sent_passcode:
        TRY(call(path, encode_okta_state(state)));  // which sends it
        return codes(factor, path, state);
      default:
        return codes(factor, path, state);
    }
  }

  Result<OktaAnswer> codes(const OktaFactor& factor, const std::string& path, const Secret& state) {
    const Manner manner = manner_of(factor);
    const auto kind = manner == Manner::answer          ? CodeWish::Kind::answer
                      : manner == Manner::sent_passcode ? CodeWish::Kind::sent_to_a_person
                                                        : CodeWish::Kind::one_time_password;
    const std::string issuer = factor.provider == "GOOGLE" ? "Google" : "Okta";
    const std::string label = web_.sent().shown(factor.label);
    for (int count = 1;; ++count) {
      const Secret code =
          TRY(helper_.code({.kind = kind, .issuer = issuer, .label = label, .to = request_.endpoint.origin}));
      web_.sent().add(code);
      auto answer =
          call(path, manner == Manner::answer ? encode_okta_answer(state, code) : encode_okta_passcode(state, code));
      if (answer || !is_wrong_code(answer.error()) || count == kMostTries || !helper_.may_retry()) {
        return answer;
      }
      helper_.tell("Okta does not take the code");
    }
  }

  Result<OktaAnswer> push(const std::string& path, const Secret& state) {
    std::string told;
    for (int count = 0; count < kMostPolls; ++count) {
      OktaAnswer answer = TRY(call(path, encode_okta_state(state)));
      if (answer.status != "MFA_CHALLENGE") {
        return answer;
      }
      if (answer.factor_result != "WAITING") {
        return fail(Fault::denied,
                    "{}",
                    answer.factor_result == "REJECTED"  ? "the log-in was refused on the telephone"
                    : answer.factor_result == "TIMEOUT" ? "the log-in was not confirmed on the telephone in time"
                                                        : "Okta could not ask on the telephone");
      }
      const std::string text = answer.number.empty() ? std::string("confirm the log-in on your telephone")
                                                     : formatted("confirm the log-in on your telephone: choose {}",
                                                                 Untrusted{web_.sent().shown(answer.number)});
      if (told != text) {
        helper_.tell(text);
        told = text;
      }
      if (clock_.steady() + kPollEvery >= web_.deadline()) {
        return fail(Fault::no_human, "timed out waiting for the sign-in to be confirmed");
      }
      clock_.sleep_until(clock_.steady() + kPollEvery);
    }
    return fail(Fault::denied, "the log-in was not confirmed on the telephone in time");
  }

  const LogInRequest& request_;
  Web& web_;
  io::Clock& clock_;
  Helper& helper_;
};

}  // namespace

Result<Secret> by_okta(const LogInRequest& request, Web& web, io::Clock& clock, Helper& helper) {
  const Secret token = TRY(OktaLogIn(request, web, clock, helper).session_token());
  web.sent().add(token);
  codec::Location app = request.endpoint;
  app.target += app.target.contains('?') ? "&" : "?";
  app.target += "sessionToken=" + codec::percent_encode(token.reveal_text());
  auto page = TRY(web.get(app));
  return by_forms(request, std::move(page), Password::sent, web, clock, helper);
}

}  // namespace touchsts::saml
