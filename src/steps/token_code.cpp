#include "steps/token_code.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/shell_words.h"
#include "codec/url.h"
#include "steps/key_code.h"
#include "steps/touch_notice.h"

namespace touchsts::steps {
namespace {

constexpr std::string_view kGuard = "TOUCHSTS_MFA_PROCESS";  // names the profiles whose mfa_process is running

// What a person should know before giving a code away: everything about the way to its receiver that is not the usual.
std::string notice(const settings::Prepared& prepared, const CodeReceiver* receiver) {
  if (receiver != nullptr) {
    return receiver->notice;
  }
  std::string text;
  const auto& endpoint = prepared.plan.endpoint;
  if (!endpoint.usual) {
    text += formatted("[endpoint {} by {}] ", Untrusted{codec::to_text(endpoint.origin)}, Untrusted{endpoint.from});
  }
  return text + network_notice(prepared.network);
}

std::string purpose(const settings::Prepared& prepared) { return "profile " + prepared.profile; }

Secret without_blanks(const Secret& text) {
  SecretWriter kept;
  for (const char& c : text.reveal_text()) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      kept.append(std::string_view(&c, 1));
    }
  }
  return kept.take();
}

// A person may type "123 456"; anything else must be the digits alone. What an identity provider takes is its business.
Result<Secret> checked(const Secret& text, const issue::Mfa& mfa) {
  Secret code = without_blanks(text);
  if (!mfa.any_code) {
    TRY(aws::check_token_code(code.reveal_text()));
  } else if (code.empty()) {
    return fail(Fault::usage, "the code is empty");
  }
  return code;
}

// A code that no person typed or touched a key for goes only where such codes may go.
Result<> check_unattended(const CodeWait& wait) {
  return wait.receiver != nullptr && wait.receiver->untrusted ? std::unexpected(*wait.receiver->untrusted) : Result<>();
}

Result<Secret> from_command(io::World& world, const CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait) {
  const std::string_view chain = world.environment.get(kGuard);
  if (!chain.empty()) {
    return hinted(fail(Fault::configuration,
                       "mfa_process calls touchsts again (for {}, then {})",
                       Untrusted{chain},
                       Untrusted{purpose(sources.prepared)}),
                  "mfa_process must get its code without AWS credentials that need a code");
  }
  auto command = TRY(within("mfa_process", codec::shell_words(mfa.process)));
  const auto output =
      TRY(within("mfa_process",
                 world.programs.capture(
                     command, {{std::string(kGuard), purpose(sources.prepared)}}, wait.deadline, {{wait.meanwhile}})));
  return within("the output of mfa_process", checked(output, mfa));
}

// "role ops in account 123456789012", or the profile.
std::string goal(const settings::Prepared& prepared) {
  const auto* const role = std::get_if<issue::AssumeRole>(&prepared.plan.steps.back());
  const auto arn = role != nullptr ? aws::parse_arn(role->request.role_arn) : std::nullopt;
  if (!arn) {
    return purpose(prepared);
  }
  return formatted("role {} in account {}", arn->resource.substr(arn->resource.rfind('/') + 1), arn->account);
}

// What else to wait for together with a code: also for the program that started us to give up, if there is one.
std::vector<io::Background*> all_of(const CodeSources& sources, const CodeWait& wait) {
  std::vector<io::Background*> meanwhile{wait.meanwhile};
  if (sources.caller != nullptr) {
    meanwhile.push_back(sources.caller);
  }
  if (sources.piped != nullptr && sources.piped->open()) {
    meanwhile.push_back(sources.piped);
  }
  return meanwhile;
}

// The code that came by a pipe; nothing when none did (yet).
Result<std::optional<Secret>> from_pipe(const CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait) {
  if (sources.piped == nullptr || !sources.piped->answered()) {
    return std::nullopt;
  }
  const auto line = sources.piped->take();
  if (line) {
    TRY(check_unattended(wait));
  }
  return line ? Result<std::optional<Secret>>(TRY(within("stdin", checked(*line, mfa)))) : std::nullopt;
}

bool caller_gone(const CodeSources& sources) { return sources.caller != nullptr && sources.caller->answered(); }

// The moment whose code is wanted: the present one, unless that is spent.
Time moment(io::World& world, const CodeWait& wait) {
  return std::max(world.clock.now() + wait.clock_offset, wait.not_before);
}

// The wait for a touch, with everything that tells of it.
class TouchWait {
 public:
  TouchWait(io::World& world,
            Person& person,
            const CodeSources& sources,
            const issue::Mfa& mfa,
            const CodeWait& wait,
            KeyCode& key)
      : world_(world),
        person_(person),
        sources_(sources),
        mfa_(mfa),
        wait_(wait),
        key_(key),
        notice_(world),
        text_(formatted("{}touch your YubiKey to {}{} for {}",
                        notice(sources.prepared, wait.receiver),
                        wait.receiver != nullptr ? "sign in at " : "get credentials",
                        Untrusted{wait.receiver != nullptr ? wait.receiver->origin : ""},
                        Untrusted{goal(sources.prepared)})) {}

  // The key blinks for some fifteen seconds; until the deadline it is asked again. Who cannot reach the key types the
  // code.
  Result<Secret> run() {
    TRY(notice_.run_command(mfa_.touch_command, text_));
    while (true) {
      if (may_ask()) {
        const auto typed = person_.ask(text_ + ", or type the MFA code: ", wait_.deadline, meanwhile());
        if (!typed && typed.error().fault == Fault::no_human) {
          return std::unexpected(typed.error());
        }
        if (!typed) {
          world_.log.debug("{}", typed.error().text);  // the key alone, then
        } else if (*typed) {
          auto code = checked(**typed, mfa_);
          if (code) {
            return code;
          }
          person_.tell(in_one_line(code.error()));
        }
      } else if (!notice_.on_desktop() && mfa_.touch_command.empty() && !check_unattended(wait_)) {
        return std::unexpected(*wait_.receiver->untrusted);  // the person has not seen where the code goes
      } else if (!world_.terminal.wait(wait_.deadline, meanwhile())) {
        return hinted(fail(Fault::no_human, "nobody touched the YubiKey in time"), "touch it when it blinks");
      }
      if (auto code = TRY(from_pipe(sources_, mfa_, wait_))) {
        return *std::move(code);
      }
      if (!key_.answered()) {
        continue;
      }
      auto code = key_.take();
      if (code || code.error().fault != Fault::no_human || world_.clock.steady() >= wait_.deadline) {
        return code;
      }
      key_.again_at(moment(world_, wait_));
    }
  }

 private:
  // On the terminal; else the desktop's notice says it, and pinentry where there is none or the person wants it.
  bool may_ask() {
    const bool gone = caller_gone(sources_);
    if (!gone && world_.terminal.in_reach()) {
      return true;
    }
    if (!person_.has_own_pinentry() || gone) {
      notice_.show_on_desktop(text_);
    }
    return !gone && (person_.has_own_pinentry() || !notice_.on_desktop()) && person_.in_reach();
  }

  std::vector<io::Background*> meanwhile() {
    auto all = caller_gone(sources_) ? std::vector{wait_.meanwhile} : all_of(sources_, wait_);
    all.push_back(&key_);
    notice_.add_to(all);
    return all;
  }

  io::World& world_;
  Person& person_;
  const CodeSources& sources_;
  const issue::Mfa& mfa_;
  const CodeWait& wait_;
  KeyCode& key_;
  TouchNotice notice_;
  std::string text_;
};

Result<Secret> digits_from_key(io::World& world,
                               Person& person,
                               const CodeSources& sources,
                               const issue::Mfa& mfa,
                               const CodeWait& wait,
                               KeyCode& key) {
  UntilTouch until_touch(key);
  io::Background* const meanwhile[] = {wait.meanwhile, &until_touch};
  world.terminal.wait(wait.deadline, meanwhile);
  if (key.answered()) {
    auto code = key.take();
    if (code) {
      TRY(check_unattended(wait));  // no touch was awaited
    }
    if (code || code.error().fault != Fault::no_human || !sources.may_prompt) {
      return code;
    }
    key.again_at(moment(world, wait));
  } else if (!key.awaits_touch()) {
    return hinted(fail(Fault::device, "the key did not answer in time"), "plug it out and in again");
  } else if (!sources.may_prompt) {
    return hinted(fail(Fault::no_human, "the YubiKey wants to be touched, and --no-prompt forbids to ask"),
                  "run touchsts login in a terminal first");
  }
  return TouchWait(world, person, sources, mfa, wait, key).run();
}

Result<Secret> from_key(io::World& world,
                        Person& person,
                        const CodeSources& sources,
                        const issue::Mfa& mfa,
                        const CodeWait& wait,
                        KeyCode& key) {
  auto code = TRY(digits_from_key(world, person, sources, mfa, wait, key));
  return within("the code of the key's account '" + printable(key.account().label()) + "'", checked(code, mfa));
}

// Who cannot be asked should know that a key would have done.
Error with_reason(Error error, const Error& no_key) {
  error.text += no_key.text.empty() ? "" : " (" + no_key.text + ")";
  error.hint = no_key.hint.empty() ? error.hint : no_key.hint + ", or " + error.hint;
  return error;
}

// `no_key` says why no key gives the code: with what to do about it in a line of its own, else in the question.
std::string question(
    Person& person, const CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait, const Error& no_key) {
  if (!no_key.hint.empty()) {
    person.tell(in_one_line(no_key));
  }
  if (wait.receiver == nullptr && !sources.prepared.question.empty()) {
    return sources.prepared.question;
  }
  const std::string what = wait.receiver != nullptr
                               ? formatted("{} at {}", Untrusted{wait.receiver->user}, Untrusted{wait.receiver->origin})
                               : printable(mfa.serial);
  return formatted("MFA code of {} for {}{}: ",
                   what,
                   Untrusted{purpose(sources.prepared)},
                   no_key.text.empty() || !no_key.hint.empty() ? "" : " (" + no_key.text + ")");
}

Result<Secret> from_person(io::World& world,
                           Person& person,
                           const CodeSources& sources,
                           const issue::Mfa& mfa,
                           const CodeWait& wait,
                           const Error& no_key) {
  const auto prompt = notice(sources.prepared, wait.receiver) + question(person, sources, mfa, wait, no_key);
  while (sources.piped != nullptr && sources.piped->open() && !person.in_reach()) {
    if (!world.terminal.wait(wait.deadline, all_of(sources, wait))) {
      return fail(Fault::no_human, "no MFA code came on stdin in time");
    }
    if (auto code = TRY(from_pipe(sources, mfa, wait))) {
      return *std::move(code);
    }
  }
  // What is clearly no code is asked for again; the deadline ends it.
  for (int tries = 0; tries < 3; ++tries) {
    const bool reached = person.in_reach();
    auto asked = person.ask(prompt, wait.deadline, all_of(sources, wait));
    if (!asked && !reached) {
      return std::unexpected(with_reason(std::move(asked).error(), no_key));
    }
    const auto typed = TRY(std::move(asked));
    if (auto code = TRY(from_pipe(sources, mfa, wait))) {
      return *std::move(code);
    }
    if (!typed && sources.piped != nullptr && !caller_gone(sources)) {
      continue;  // the pipe is at its end
    }
    if (!typed) {
      break;
    }
    auto code = checked(*typed, mfa);
    if (code || tries == 2) {
      return code;
    }
    person.tell(in_one_line(code.error()));
  }
  return fail(Fault::no_human, "no MFA code was given");
}

}  // namespace

std::string network_notice(const io::Network& network) {
  std::string text;
  if (!network.proxy_url.empty()) {
    text += formatted("[proxy by {}] ", network.proxy_from);
  }
  if (!network.ca_bundle.empty()) {
    text += formatted("[CA bundle {} by {}] ", Untrusted{network.ca_bundle}, Untrusted{network.ca_bundle_from});
  }
  return text;
}

Result<TokenCode> obtain_code(
    io::World& world, Person& person, CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait) {
  if (sources.given) {
    const Secret given = *std::exchange(sources.given, Secret());
    if (given.empty()) {
      return hinted(fail(Fault::usage, "the MFA code that was given is spent"),
                    "wait for the next code and give that one");
    }
    TRY(check_unattended(wait));
    return TokenCode{TRY(checked(given, mfa)), TokenCode::Source::given, moment(world, wait)};
  }
  if (sources.piped != nullptr && sources.piped->open()) {
    sources.piped->advance();  // takes input that has already arrived
    if (auto code = TRY(from_pipe(sources, mfa, wait))) {
      return TokenCode{*std::move(code), TokenCode::Source::given, moment(world, wait)};
    }
  }
  if (!mfa.process.empty()) {
    TRY(check_unattended(wait));
    return TokenCode{TRY(from_command(world, sources, mfa, wait)), TokenCode::Source::process, moment(world, wait)};
  }
  // An SDK may give up before the key is touched; the next one then finds what the touch was for in the cache.
  if (sources.may_prompt && std::exchange(sources.may_outlive, false)) {
    sources.caller = world.programs.outlive_caller();
  }
  const auto asking = sources.may_prompt ? Asking::yes : Asking::no;
  auto found = find_key_code(world, mfa, asking, moment(world, wait), wait.deadline);
  if (!found && mfa.person_will_do && found.error().fault == Fault::device) {
    found = KeySearch{nullptr, std::move(found).error()};
  }
  const auto search = TRY(std::move(found));
  if (search.code != nullptr) {
    auto& key = *search.code;
    auto digits = TRY(from_key(world, person, sources, mfa, wait, key));
    const auto source = key.answered() ? TokenCode::Source::key : TokenCode::Source::typed;
    return TokenCode{std::move(digits), source, key.moment()};
  }
  if (!sources.may_prompt) {
    return std::unexpected(
        with_reason({Fault::no_human,
                     formatted("an MFA code of {} is needed, and --no-prompt forbids to ask", Untrusted{mfa.serial}),
                     "run touchsts login in a terminal first, or give --token-code"},
                    search.why));
  }
  auto typed = TRY(from_person(world, person, sources, mfa, wait, search.why));
  return TokenCode{std::move(typed), TokenCode::Source::typed, moment(world, wait)};
}

}  // namespace touchsts::steps
