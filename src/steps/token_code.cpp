#include "steps/token_code.h"

#include <utility>

#include "aws/arn.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/shell_words.h"
#include "codec/url.h"

namespace touchsts::steps {
namespace {

constexpr std::string_view kGuard = "TOUCHSTS_MFA_PROCESS";  // names the profiles whose mfa_process is running

// What a person should know before giving a code away: everything about the way to STS that is not the usual.
std::string notice(const settings::Prepared& prepared) {
  std::string text;
  const auto& endpoint = prepared.plan.endpoint;
  if (!endpoint.usual) {
    text += formatted("[endpoint {} by {}] ", Untrusted{codec::to_text(endpoint.origin)}, Untrusted{endpoint.from});
  }
  if (!prepared.network.proxy_url.empty()) {
    text += formatted("[proxy by {}] ", prepared.network.proxy_from);
  }
  if (!prepared.network.ca_bundle.empty()) {
    text += formatted(
        "[CA bundle {} by {}] ", Untrusted{prepared.network.ca_bundle}, Untrusted{prepared.network.ca_bundle_from});
  }
  return text;
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

// A person may type "123 456"; anything else must be the digits alone.
Result<Secret> checked(const Secret& text) {
  Secret code = without_blanks(text);
  TRY(aws::check_token_code(code.reveal_text()));
  return code;
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
                     command, {{std::string(kGuard), purpose(sources.prepared)}}, wait.deadline, wait.meanwhile)));
  return within("the output of mfa_process", checked(output));
}

Result<Secret> from_person(io::World& world, const CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait) {
  const auto prompt = formatted("{}MFA code of {} for {}: ",
                                notice(sources.prepared),
                                Untrusted{mfa.serial},
                                Untrusted{purpose(sources.prepared)});
  // What is clearly no code is asked for again; the deadline ends it.
  for (int tries = 0; tries < 3; ++tries) {
    const auto typed = TRY(world.terminal.ask(prompt, wait.deadline, wait.meanwhile));
    auto code = checked(typed);
    if (code || tries == 2) {
      return code;
    }
    world.terminal.tell(code.error().hint.empty() ? code.error().text : code.error().text + "; " + code.error().hint);
  }
  std::unreachable();
}

}  // namespace

bool asks_person(const CodeSources& sources, const issue::Mfa& mfa) {
  return !sources.given && mfa.process.empty() && sources.may_prompt;
}

Result<Secret> obtain_code(io::World& world, CodeSources& sources, const issue::Mfa& mfa, const CodeWait& wait) {
  if (sources.given) {
    const Secret given = *std::exchange(sources.given, Secret());
    if (given.empty()) {
      return hinted(fail(Fault::usage, "the MFA code that was given is spent"),
                    "wait for the next code and give that one");
    }
    return checked(given);
  }
  if (!mfa.process.empty()) {
    return from_command(world, sources, mfa, wait);
  }
  if (!sources.may_prompt) {
    return hinted(
        fail(Fault::no_human, "an MFA code of {} is needed, and --no-prompt forbids to ask", Untrusted{mfa.serial}),
        "run touchsts login in a terminal first, or give --token-code");
  }
  return from_person(world, sources, mfa, wait);
}

}  // namespace touchsts::steps
