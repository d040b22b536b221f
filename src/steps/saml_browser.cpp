#include "steps/saml_browser.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/shell_words.h"
#include "saml/browser.h"

namespace touchsts::steps {
namespace {

constexpr std::string_view kFolder = "touchsts-browser";
constexpr Seconds kLastLook{5};  // at the page that says that it is done

// Any that speaks the DevTools protocol over a pipe.
Result<std::vector<std::string>> browser_of(const issue::SamlRole& step, io::Programs& programs) {
  if (!step.browser.empty()) {
    return within("saml_browser", codec::shell_words(step.browser));
  }
  constexpr std::array kKnown = {"chromium",
                                 "chromium-browser",
                                 "google-chrome-stable",
                                 "google-chrome",
                                 "microsoft-edge-stable",
                                 "brave-browser"};
  const auto found = std::ranges::find_if(kKnown, [&programs](const char* name) { return programs.can_run(name); });
  if (found == kKnown.end()) {
    return hinted(fail(Fault::configuration, "no browser is installed that can be used for the log-in"),
                  "install chromium or Chrome, or name one with saml_browser");
  }
  return std::vector<std::string>{*found};
}

}  // namespace

Result<Secret> log_in_by_browser(const SamlParts& parts, const issue::SamlRole& step, const codec::Location& start) {
  auto& [world, around, codes, locks, keys, sts, deadline] = parts;
  if (!codes.may_prompt) {
    return hinted(fail(Fault::no_human, "a person must log in with the browser, and --no-prompt forbids to ask"),
                  "run touchsts login first");
  }
  auto command = TRY(browser_of(step, world.programs));
  if (around.paths.data_home.empty()) {
    return fail(Fault::configuration, "there is no home folder of yours for the browser's profile");
  }
  const auto lock = locks.open("browser", {});
  if (lock && !TRY(lock->try_take())) {
    world.terminal.tell("waiting for the browser of another log-in to end");
    if (!TRY(locks.take(*lock, deadline))) {
      return fail(Fault::no_human, "another log-in has the browser");
    }
  }
  TRY(world.files.private_folder(around.paths.data_home, std::string(kFolder), io::Files::Create::yes));
  command.insert(command.end(),
                 {"--remote-debugging-pipe",
                  formatted("--user-data-dir={}/{}", around.paths.data_home, kFolder),
                  "--no-first-run",
                  "--no-default-browser-check",
                  "--no-startup-window"});
  // An SDK may give up before the person is done; the next one then finds in the cache what it was for.
  if (std::exchange(codes.may_outlive, false)) {
    codes.caller = world.programs.outlive_caller();
  }
  auto browser = TRY(world.programs.converse_apart(command, lock.get()));
  world.terminal.tell(formatted("log in at {} in the browser's window", Untrusted{codec::to_text(start.origin)}));
  auto response =
      saml::by_browser(*browser, codec::to_text(start) + codec::fragment_of(step.endpoint), step.destination, deadline);
  if (!response && response.error().fault == Fault::device) {
    response.error().hint = formatted("is there a display? touchsts runs '{}'", Untrusted{command.front()});
  }
  if (response) {
    world.programs.leave(std::move(browser), kLastLook);
  }
  return response;
}

}  // namespace touchsts::steps
