#include "steps/step_runner.h"

#include <cstdlib>
#include <variant>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::steps {
namespace {

constexpr int kTypedTries = 3;            // codes asked of a person before giving up
constexpr Seconds kCodeSkew{20};          // from here on a wrong clock explains a refused code
constexpr std::size_t kLongestName = 64;  // of a role session

// The account in an MFA device's ARN.
std::string account_of(const std::optional<issue::Mfa>& mfa) {
  const auto arn = mfa ? aws::parse_arn(mfa->serial) : std::nullopt;
  return arn ? arn->account : "";
}

void mention_clock(Error& error, Seconds offset) {
  if (std::chrono::abs(offset) > kCodeSkew) {
    error.hint = formatted("this machine's clock is {} s {}: set it, codes depend on it",
                           std::chrono::abs(offset).count(),
                           offset > Seconds(0) ? "slow" : "fast");
  }
}

}  // namespace

WorldRunner::WorldRunner(io::World& world,
                         const settings::Surroundings& around,
                         const settings::Prepared& prepared,
                         CodeSources& codes,
                         Deadline deadline)
    : world_(world),
      around_(around),
      codes_(codes),
      deadline_(deadline),
      sts_(world, prepared.plan.endpoint, {prepared.network, prepared.attempts, deadline}) {}

Result<aws::Credentials> WorldRunner::run(const issue::Plan&, const issue::Step& step, const aws::Credentials* before) {
  return std::visit([&](const auto& kind) { return run_step(kind, before); }, step);
}

Result<aws::Credentials> WorldRunner::run_step(const issue::LongTermKeys& step, const aws::Credentials*) {
  aws::Credentials keys{.access_key_id = step.access_key_id,
                        .secret_access_key = {},
                        .session_token = {},
                        .expires = {},
                        .account_id = {}};
  if (step.profile.empty()) {
    const auto& environment = world_.environment;
    const std::string_view token = environment.get("AWS_SESSION_TOKEN");
    keys.secret_access_key = Secret(environment.get("AWS_SECRET_ACCESS_KEY"));
    keys.session_token = Secret(token.empty() ? environment.get("AWS_SECURITY_TOKEN") : token);
    keys.account_id = environment.get("AWS_ACCOUNT_ID");
    return keys;
  }
  const settings::ProfileView profile(around_, step.profile, nullptr);
  const auto secret = [&profile](std::string_view key) {
    const aws::Value* const value = profile.find(key);
    return value != nullptr ? value->secret.clone() : Secret();
  };
  keys.secret_access_key = secret("aws_secret_access_key");
  keys.session_token = secret("aws_session_token");
  if (keys.session_token.empty()) {
    keys.session_token = secret("aws_security_token");
  }
  return keys;
}

template <class Encode>
Result<aws::Credentials> WorldRunner::with_code(const issue::Mfa& mfa, const aws::Credentials& signer, Encode encode) {
  const bool asks = asks_person(codes_, mfa);
  Person person(world_, mfa.pinentry);
  for (int tries = 1;; ++tries) {
    // The connection opens while the code is on its way, so that one round trip is left afterwards.
    const Secret code = TRY(obtain_code(world_, person, codes_, mfa, {deadline_, &sts_.open()}));
    const aws::MfaProof proof{mfa.serial, code};
    QueryClient::Refusal refusal;
    auto result = sts_.call(encode(&proof), QueryClient::Body::one_shot, signer, &refusal);
    if (result) {
      return aws::parse_credentials(*std::move(result), sts_.now());
    }
    const bool refused = aws::refuses_code(refusal.error);
    const bool clock = aws::remedy_for(refusal.error) == aws::Remedy::correct_clock;
    if (refused) {
      mention_clock(result.error(), refusal.clock_offset);
    }
    if (!asks || tries == kTypedTries || !(refused || clock)) {
      return std::unexpected(std::move(result).error());
    }
    person.tell(in_one_line(result.error()));
  }
}

Result<aws::Credentials> WorldRunner::without_code(const Secret& body, const aws::Credentials& signer) {
  return aws::parse_credentials(TRY(sts_.call(body, QueryClient::Body::repeatable, signer, nullptr)), sts_.now());
}

Result<aws::Credentials> WorldRunner::run_step(const issue::SessionToken& step, const aws::Credentials* before) {
  const auto encode = [&step](const aws::MfaProof* proof) {
    return aws::encode_get_session_token(step.duration, proof);
  };
  auto made = step.mfa ? with_code(*step.mfa, *before, encode) : without_code(encode(nullptr), *before);
  if (made && made->account_id.empty()) {
    made->account_id = account_of(step.mfa);
  }
  return made;
}

Result<aws::Credentials> WorldRunner::run_step(const issue::AssumeRole& step, const aws::Credentials* before) {
  const std::string name = step.request.session_name.empty() ? session_name() : step.request.session_name;
  const auto encode = [&](const aws::MfaProof* proof) { return aws::encode_assume_role(step.request, name, proof); };
  return step.mfa ? with_code(*step.mfa, *before, encode) : without_code(encode(nullptr), *before);
}

// "touchsts-ada-1700000000": who and when, for the audit log.
std::string WorldRunner::session_name() const {
  std::string user;
  for (const char c : world_.facts.user) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    user += fits ? c : '_';
  }
  const std::string time = std::to_string(world_.clock.now().time_since_epoch().count());
  const std::string start = user.empty() ? "touchsts" : "touchsts-" + user;
  return start.substr(0, kLongestName - time.size() - 1) + "-" + time;
}

}  // namespace touchsts::steps
