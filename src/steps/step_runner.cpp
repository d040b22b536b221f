#include "steps/step_runner.h"

#include <cstdlib>
#include <variant>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "steps/saml_log_in.h"

namespace touchsts::steps {
namespace {

constexpr int kTypedTries = 3;            // codes asked of a person before giving up
constexpr int kCalculatedTries = 2;       // another host may have used the first
constexpr Seconds kCodeSkew{20};          // from here on a wrong clock explains a refused code
constexpr std::size_t kLongestName = 64;  // of a role session

// The account in an MFA device's ARN.
std::string account_of(const std::optional<issue::Mfa>& mfa) {
  const auto arn = mfa ? aws::parse_arn(mfa->serial) : std::nullopt;
  return arn ? arn->account : "";
}

void mention_clock(Error& error, Seconds offset) {
  error.hint = formatted("this machine's clock is {} s {}: set it, codes depend on it",
                         std::chrono::abs(offset).count(),
                         offset > Seconds(0) ? "slow" : "fast");
}

}  // namespace

Result<aws::Credentials> long_term_keys(io::World& world,
                                        const settings::Surroundings& around,
                                        const issue::LongTermKeys& step,
                                        const KeyAccess& access) {
  aws::Credentials keys{.access_key_id = step.access_key_id,
                        .secret_access_key = {},
                        .session_token = {},
                        .expires = {},
                        .account_id = {}};
  if (step.profile.empty()) {
    const auto& environment = world.environment;
    const std::string_view token = environment.get("AWS_SESSION_TOKEN");
    keys.secret_access_key = Secret(environment.get("AWS_SECRET_ACCESS_KEY"));
    keys.session_token = Secret(token.empty() ? environment.get("AWS_SECURITY_TOKEN") : token);
    keys.account_id = environment.get("AWS_ACCOUNT_ID");
    return keys;
  }
  if (step.stored) {
    keys.secret_access_key = TRY(within("the keys of profile " + printable(step.profile),
                                        stored_secret(world, around, step.access_key_id, access)));
    return keys;
  }
  const settings::ProfileView profile(around, step.profile, nullptr);
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

WorldRunner::WorldRunner(io::World& world,
                         const settings::Surroundings& around,
                         const settings::Prepared& prepared,
                         CodeSources& codes,
                         flight::LockFiles& locks,
                         keys::Store& keys,
                         Deadline deadline)
    : world_(world),
      around_(around),
      codes_(codes),
      locks_(locks),
      keys_(keys),
      deadline_(deadline),
      unusable_(prepared.network.unusable),
      sts_(world, prepared.plan.endpoint, {prepared.network, prepared.attempts, deadline}) {}

Result<aws::Credentials> WorldRunner::run(const issue::Plan&, const issue::Step& step, const aws::Credentials* before) {
  const bool calls =
      std::holds_alternative<issue::SessionToken>(step) || std::holds_alternative<issue::AssumeRole>(step);
  if (calls && unusable_) {  // before anybody is asked for a code
    return std::unexpected(*unusable_);
  }
  return std::visit([&](const auto& kind) { return run_step(kind, before); }, step);
}

Result<aws::Credentials> WorldRunner::run_step(const issue::LongTermKeys& step, const aws::Credentials*) {
  const auto lock = step.stored && codes_.may_prompt ? take_unlocking_turn(locks_, deadline_) : nullptr;
  return long_term_keys(world_, around_, step, {keys_, codes_.may_prompt, deadline_});
}

Result<> WorldRunner::wait_for(Time moment) {
  const Seconds left = moment - now();
  if (left <= Seconds(0)) {
    return {};
  }
  const Deadline until = world_.clock.steady() + left;
  if (until >= deadline_) {
    return hinted(fail(Fault::no_human, "the MFA code of this moment was used, and there is no time left for the next"),
                  formatted("try again in {} s", left.count()));
  }
  world_.terminal.tell(
      formatted("the MFA code of this moment was used already; the next one goes in {} s", left.count()));
  io::Background* const meanwhile[] = {&sts_.open()};
  world_.terminal.wait(until, meanwhile);
  return {};
}

Result<TokenCode> WorldRunner::unspent_code(flight::DeviceTurn& turn, Person& person, const issue::Mfa& mfa) {
  for (int tries = 1;; ++tries) {
    // The connection opens while the code is on its way, so that one round trip is left afterwards.
    auto code = TRY(
        obtain_code(world_, person, codes_, mfa, {deadline_, &sts_.open(), clock_offset_, turn.usable_from(now())}));
    const bool typed = code.source == TokenCode::Source::typed;
    if (!turn.spent(code.digits)) {
      return code;
    }
    const auto spent = fail(Fault::denied, "this MFA code was used already");
    if (code.source == TokenCode::Source::given || tries == kTypedTries) {
      return hinted(spent, "wait for the next one and give that");
    }
    if (typed) {
      person.tell("this MFA code was used already; the next one is needed");
    } else {
      turn.spend(code.moment, code.digits);
      TRY(wait_for(turn.usable_from(now())));
    }
  }
}

template <class Encode>
Result<aws::Credentials> WorldRunner::with_code(const issue::Mfa& mfa, const aws::Credentials& signer, Encode encode) {
  if (!codes_.may_use_device) {
    return fail(Fault::no_human, "an MFA code of {} is needed", Untrusted{mfa.serial});
  }
  auto turn = TRY(flight::DeviceTurn::take(locks_, mfa.serial, deadline_));
  Person person(world_, mfa.pinentry);
  for (int tries = 1;; ++tries) {
    const auto code = TRY(unspent_code(turn, person, mfa));
    if (code.source == TokenCode::Source::key) {
      TRY(wait_for(code.moment));  // the key may have been asked ahead of time, so that the touch is not waited for
    }
    turn.spend(code.source == TokenCode::Source::key ? code.moment : now(), code.digits);
    const aws::MfaProof proof{mfa.serial, code.digits};
    QueryClient::Refusal refusal;
    auto result = sts_.call(encode(&proof), QueryClient::Body::one_shot, signer, &refusal);
    if (result) {
      return aws::parse_credentials(*std::move(result), sts_.now());
    }
    const bool refused = aws::refuses_code(refusal.error);
    const bool clock = aws::remedy_for(refusal.error) == aws::Remedy::correct_clock;
    if (!refusal.request_left || clock) {  // STS has not judged the code
      turn.take_back();
    }
    if (refused && std::chrono::abs(refusal.clock_offset) > kCodeSkew) {
      mention_clock(result.error(), refusal.clock_offset);
      clock_offset_ = refusal.clock_offset;
    }
    const int most = code.source == TokenCode::Source::given   ? 1
                     : code.source == TokenCode::Source::typed ? kTypedTries
                                                               : kCalculatedTries;
    if (tries >= most || !(refused || clock)) {
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

Result<aws::Credentials> WorldRunner::run_step(const issue::SamlRole& step, const aws::Credentials*) {
  return SamlLogIn({world_, around_, codes_, locks_, keys_, sts_, deadline_}, step).credentials();
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
