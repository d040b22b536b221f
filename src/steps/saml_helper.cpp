#include "steps/saml_helper.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/stored_keys.h"
#include "codec/location.h"
#include "flight/device_turn.h"
#include "steps/selector.h"
#include "steps/stored_secret.h"

namespace touchsts::steps {
namespace {

constexpr int kMostCodes = 3;  // that were spent before

constexpr const char* kLogInFirst = "run touchsts login in a terminal first";
constexpr Wanted kPassword{
    "password", "a password", "run touchsts login in a terminal first, or give --saml-password-fd"};
constexpr Wanted kSentCode{"code", "the code that was sent to you", kLogInFirst};
constexpr Wanted kAnswer{"answer", "the answer to a security question", kLogInFirst};
constexpr Wanted kChoice{"Number", "a choice", kLogInFirst};

}  // namespace

SamlHelper::SamlHelper(const SamlParts& parts, saml::Web::Route route, const issue::SamlRole& step)
    : parts_(parts),
      route_(std::move(route)),
      step_(step),
      person_(parts_.world, step.code.pinentry, kPassword),
      notice_(parts_.world) {}

std::optional<Error> SamlHelper::untrusted(const codec::Origin& to, std::string_view what) const {
  if (std::ranges::contains(step_.origins, to)) {
    return std::nullopt;
  }
  return hinted(fail(Fault::configuration,
                     "{} asks for {}, which goes without a prompt only to {}",
                     Untrusted{codec::to_text(to)},
                     what,
                     Untrusted{codec::to_text(step_.origins.front())}),
                saml::trust_hint(to))
      .error();
}

Result<Secret> SamlHelper::ask(const Wanted& wanted, const std::string& text, std::string_view what) {
  person_.wants(wanted);
  auto& codes = parts_.codes;
  if (!codes.may_prompt) {
    return hinted(fail(Fault::no_human, "{} is needed, and --no-prompt forbids to ask", what), kLogInFirst);
  }
  // An SDK may give up before the person answers; the next one then finds in the cache what the answer was for.
  if (std::exchange(codes.may_outlive, false)) {
    codes.caller = parts_.world.programs.outlive_caller();
  }
  std::vector<io::Background*> meanwhile{&parts_.sts.open()};
  if (codes.caller != nullptr) {
    meanwhile.push_back(codes.caller);
  }
  auto typed = TRY(person_.ask(text, parts_.deadline, meanwhile));
  if (!typed || typed->empty()) {
    return fail(Fault::no_human, "{} was not given", what);
  }
  may_retry_ = parts_.world.terminal.in_reach();
  return *std::move(typed);
}

Result<std::optional<Secret>> SamlHelper::kept_password(const codec::Origin& to) {
  std::string id = cache::password_id(step_.username, codec::to_text(to));
  if (!parts_.around.stored_keys.contains(id)) {  // the endpoint's is for all that the profile trusts
    id = cache::password_id(step_.username, codec::to_text(step_.origins.front()));
  }
  if (!parts_.around.stored_keys.contains(id)) {
    return std::nullopt;
  }
  const auto lock = parts_.codes.may_prompt ? take_unlocking_turn(parts_.locks, parts_.deadline) : nullptr;
  return TRY(stored_secret(parts_.world, parts_.around, id, {parts_.keys, parts_.codes.may_prompt, parts_.deadline}));
}

std::string SamlHelper::password_hint() {
  return gave_stored_ ? "the stored password was sent; if it has changed: touchsts keys password (--clear removes it)"
                      : "";
}

Result<Secret> SamlHelper::password(const codec::Origin& to) {
  may_retry_ = false;
  gave_stored_ = false;
  auto& [given, pipe] = parts_.codes.password;
  const std::string what = formatted("the password of {}", Untrusted{step_.username});
  if (auto refusal = untrusted(to, what); refusal && (given || !parts_.codes.may_prompt || !person_.in_reach())) {
    return std::unexpected(*std::move(refusal));
  }
  if (given) {
    return std::move(*std::exchange(given, std::nullopt));
  }
  if (untrusted(to, what)) {
    return ask_password(to, what);
  }
  if (auto kept = TRY(within(what, kept_password(to)))) {
    gave_stored_ = true;
    return *std::move(kept);
  }
  if (pipe != nullptr && pipe->open() && !person_.in_reach()) {
    io::Background* const all[] = {pipe};
    if (parts_.world.terminal.wait(parts_.deadline, all)) {
      if (auto line = pipe->take()) {
        return *std::move(line);
      }
    }
  }
  return ask_password(to, what);
}

Result<Secret> SamlHelper::ask_password(const codec::Origin& to, std::string_view what) {
  const auto network = TRY(route_(to));
  return ask(kPassword,
             formatted("{}Password of {} at {}: ",
                       network_notice(network),
                       Untrusted{step_.username},
                       Untrusted{codec::to_text(to)}),
             what);
}

// Accounts are called by their issuer and the user's name (Key URI Format), in as many ways as there are issuers.
issue::Mfa SamlHelper::device_of(const saml::CodeWish& wish) const {
  issue::Mfa device = step_.code;
  const auto endpoint = codec::parse_location(step_.endpoint);
  const std::string host = endpoint ? endpoint->origin.host : "";
  device.serial = formatted("{} at {}", step_.username, wish.label.empty() ? host : wish.label);
  for (const std::string& user : {step_.username, wish.label}) {
    for (const std::string& issuer : {wish.issuer, host}) {
      if (!user.empty()) {
        device.oath_names.push_back(issuer.empty() ? user : formatted("{}:{}", issuer, user));
      }
    }
  }
  device.oath_names.push_back(step_.username);
  return device;
}

// A code is good once at an identity provider, too.
Result<Secret> SamlHelper::one_time_password(const saml::CodeWish& wish) {
  const issue::Mfa device = device_of(wish);
  const CodeReceiver receiver{.user = wish.label.empty() ? step_.username : wish.label,
                              .origin = codec::to_text(wish.to),
                              .notice = network_notice(TRY(route_(wish.to))),
                              .untrusted = untrusted(wish.to, "an MFA code")};
  person_.wants(kMfaCode);
  auto turn = TRY(flight::DeviceTurn::take(parts_.locks, device.serial, parts_.deadline));
  auto& clock = parts_.world.clock;
  for (int count = 1;; ++count) {
    const Time from = turn.usable_from(clock.now());
    const auto code = TRY(obtain_code(parts_.world,
                                      person_,
                                      parts_.codes,
                                      device,
                                      {parts_.deadline, &parts_.sts.open(), Seconds(0), from, &receiver}));
    may_retry_ = parts_.world.terminal.in_reach() &&
                 (code.source == TokenCode::Source::typed || code.source == TokenCode::Source::key);
    const bool calculated = code.source == TokenCode::Source::key;
    if (!turn.spent(code.digits) || count == kMostCodes) {
      if (calculated && code.moment > clock.now()) {
        parts_.world.terminal.tell(formatted("the code of this moment was used already; the next one goes in {} s",
                                             (code.moment - clock.now()).count()));
        io::Background* const meanwhile[] = {&parts_.sts.open()};
        parts_.world.terminal.wait(clock.steady() + (code.moment - clock.now()), meanwhile);
      }
      turn.spend(calculated ? code.moment : clock.now(), code.digits);
      return code.digits.clone();
    }
    person_.tell("this code was used already; the next one is needed");
  }
}

Result<Secret> SamlHelper::code(const saml::CodeWish& wish) {
  may_retry_ = false;
  const std::string notice = network_notice(TRY(route_(wish.to)));
  const std::string to = codec::to_text(wish.to);
  switch (wish.kind) {
    case saml::CodeWish::Kind::one_time_password:
      return one_time_password(wish);
    case saml::CodeWish::Kind::sent_to_a_person:
      return ask(kSentCode,
                 formatted("{}Code that was sent to you{}{}{} for {}: ",
                           notice,
                           wish.label.empty() ? "" : " (",
                           Untrusted{wish.label},
                           wish.label.empty() ? "" : ")",
                           Untrusted{to}),
                 "the code that was sent to you");
    default:
      return ask(
          kAnswer,
          formatted(
              "{}[{}] {}: ", notice, Untrusted{to}, Untrusted{wish.label.empty() ? "Security question" : wish.label}),
          "the answer to a security question");
  }
}

Result<std::size_t> SamlHelper::choose(std::string_view question, const std::vector<std::string>& labels) {
  if (!parts_.codes.may_prompt) {
    return fail(Fault::no_human, "there is something to choose ({}), and --no-prompt forbids to ask", question);
  }
  person_.wants(kChoice);
  return select(parts_.world, person_, std::string(question), labels, parts_.deadline);
}

void SamlHelper::tell(std::string_view text) {
  person_.tell(std::string(text));
  if (!parts_.world.terminal.in_reach()) {
    notice_.show_on_desktop(std::string(text), "touchsts");
  }
}

}  // namespace touchsts::steps
