#include "saml/okta.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/json_events.h"
#include "codec/json_text.h"
#include "codec/percent.h"

namespace touchsts::saml {
namespace {

constexpr std::string_view kWrongPassword = "Okta refuses user name or password";
constexpr std::string_view kWrongCode = "Okta does not take the code";
constexpr std::size_t kMostFactors = 32;

struct OktaFailure {
  std::string code;     // errorCode
  std::string summary;  // errorSummary
  std::string cause;    // of errorCauses, the first
};

class Reading : public codec::JsonEvents {
 public:
  OktaAnswer answer;
  OktaFailure failure;

  bool object(std::string_view path) override {
    if (path == "_embedded.factors") {
      answer.factors.emplace_back();
    }
    return answer.factors.size() <= kMostFactors;
  }

  bool text(std::string_view path, std::string_view value) override {
    if (path == "stateToken") {
      answer.state_token = Secret(value);
    } else if (path == "sessionToken") {
      answer.session_token = Secret(value);
    } else if (std::string* const place = place_of(path)) {
      *place = value;
    }
    return true;
  }

  bool number(std::string_view path, std::int64_t value) override {
    if (path == kNumber) {
      answer.number = std::to_string(value);
    }
    return true;
  }

 private:
  static constexpr std::string_view kNumber = "_embedded.factor._embedded.challenge.correctAnswer";

  std::string* place_of(std::string_view path) {
    const std::pair<std::string_view, std::string*> places[] = {{"status", &answer.status},
                                                                {"factorResult", &answer.factor_result},
                                                                {kNumber, &answer.number},
                                                                {"errorCode", &failure.code},
                                                                {"errorSummary", &failure.summary}};
    const auto found = std::ranges::find(places, path, &std::pair<std::string_view, std::string*>::first);
    if (found != std::end(places)) {
      return found->second;
    }
    if (path == "errorCauses.errorSummary" && failure.cause.empty()) {
      return &failure.cause;
    }
    constexpr std::string_view kFactors = "_embedded.factors.";
    return path.starts_with(kFactors) && !answer.factors.empty() ? part_of_factor(path.substr(kFactors.size()))
                                                                 : nullptr;
  }

  std::string* part_of_factor(std::string_view part) {
    OktaFactor& factor = answer.factors.back();
    constexpr std::array<std::string_view, 5> kLabels = {
        "profile.credentialId", "profile.phoneNumber", "profile.questionText", "profile.name", "profile.email"};
    if (std::ranges::contains(kLabels, part)) {
      return &factor.label;
    }
    return part == "id"           ? &factor.id
           : part == "factorType" ? &factor.type
           : part == "provider"   ? &factor.provider
                                  : nullptr;
  }
};

std::unexpected<Error> refusal(int http_status, const OktaFailure& failure, const SentSecrets& sent) {
  if (http_status == 429 || failure.code == "E0000047") {
    return hinted(fail(Fault::network, "Okta has had too many requests"), "wait a minute and try again");
  }
  if (failure.code == "E0000004") {
    return hinted(fail(Fault::denied, "{}", kWrongPassword), "check both");
  }
  if (failure.code == "E0000068") {
    return fail(Fault::denied, "{}", kWrongCode);
  }
  if (failure.code == "E0000069") {
    return hinted(fail(Fault::denied, "Okta has locked the account"), "wait, or unlock it at Okta");
  }
  if (failure.code == "E0000011") {
    return hinted(fail(Fault::denied, "the log-in took too long for Okta"), "try again");
  }
  const std::string& why = failure.cause.empty() ? failure.summary : failure.cause;
  return fail(http_status == 401 || http_status == 403 ? Fault::denied : Fault::malformed,
              "Okta answers with HTTP status {}{}{}",
              http_status,
              why.empty() ? "" : ": ",
              Untrusted{sent.shown(why)});
}

// {"NAME": "VALUE", ...}
Secret object(std::initializer_list<std::pair<std::string_view, std::string_view>> fields, std::string_view rest = "") {
  SecretWriter out;
  for (const auto& [name, value] : fields) {
    out.append(std::string_view(out.size() == 0 ? "{" : ","));
    codec::append_json_text(out, name);
    out.append(std::string_view(":"));
    codec::append_json_text(out, value);
  }
  out.append(rest);
  out.append(std::string_view("}"));
  return out.take();
}

}  // namespace

Result<OktaAnswer> parse_okta_answer(int http_status, const Secret& body, const SentSecrets& sent) {
  Reading reading;
  const bool whole = codec::read_json(body.reveal_text(), reading);
  if (http_status != 200) {
    return refusal(http_status, whole ? reading.failure : OktaFailure(), sent);
  }
  if (!whole || reading.answer.status.empty()) {
    return hinted(fail(Fault::malformed, "this is not Okta's authentication API"), "check the endpoint");
  }
  return std::move(reading.answer);
}

bool is_wrong_password(const Error& error) { return error.text == kWrongPassword; }

bool is_wrong_code(const Error& error) { return error.text == kWrongCode; }

Secret encode_okta_log_in(std::string_view username, const Secret& password) {
  return object({{"username", username}, {"password", password.reveal_text()}},
                ",\"options\":{\"multiOptionalFactorEnroll\":false,\"warnBeforePasswordExpired\":false}");
}

Secret encode_okta_state(const Secret& state_token) { return object({{"stateToken", state_token.reveal_text()}}); }

Secret encode_okta_passcode(const Secret& state_token, const Secret& passcode) {
  return object({{"stateToken", state_token.reveal_text()}, {"passCode", passcode.reveal_text()}});
}

Secret encode_okta_answer(const Secret& state_token, const Secret& answer) {
  return object({{"stateToken", state_token.reveal_text()}, {"answer", answer.reveal_text()}});
}

std::string okta_verify_path(const OktaFactor& factor) {
  return formatted("{}/factors/{}/verify", kOktaLogInPath, codec::percent_encode(factor.id));
}

}  // namespace touchsts::saml
