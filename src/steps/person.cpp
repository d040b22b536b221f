#include "steps/person.h"

#include <utility>
#include <vector>

#include "assuan/pinentry.h"

namespace touchsts::steps {

bool Person::pinentry_in_reach() const {
  const auto& environment = world_.environment;
  return !broken_ && (has_own_pinentry() || !environment.get("DISPLAY").empty() ||
                      !environment.get("WAYLAND_DISPLAY").empty() || !environment.get("GPG_TTY").empty());
}

bool Person::in_reach() const { return world_.terminal.in_reach() || pinentry_in_reach(); }

Result<std::optional<Secret>> Person::ask(const std::string& text, Deadline deadline, io::Backgrounds meanwhile) {
  if (!world_.terminal.in_reach() && pinentry_in_reach()) {
    return ask_pinentry(text, deadline, meanwhile);
  }
  const bool there = world_.terminal.in_reach();
  auto typed = world_.terminal.ask(text, deadline, meanwhile);
  if (!typed && !there && typed.error().fault == Fault::no_human) {
    typed.error().text = formatted("{} is needed, but {}", wanted_.one, typed.error().text);
    typed.error().hint = wanted_.hint;
  }
  return typed;
}

Result<std::optional<Secret>> Person::ask_pinentry(const std::string& text,
                                                   Deadline deadline,
                                                   io::Backgrounds meanwhile) {
  const auto& environment = world_.environment;
  auto stream = world_.programs.converse({has_own_pinentry() ? pinentry_ : "pinentry"});
  if (!stream) {
    broken_ = true;
    return std::unexpected(std::move(stream).error());
  }
  const std::string_view kind = environment.get("TERM");
  assuan::Pinentry pinentry(*std::move(stream),
                            {.description = text,
                             .prompt = std::string(wanted_.name) + ":",
                             .error = std::exchange(told_, {}),
                             .terminal = std::string(environment.get("GPG_TTY")),
                             .terminal_kind = std::string(kind.empty() ? "dumb" : kind)},
                            world_.clock,
                            deadline);
  std::vector<io::Background*> all(meanwhile.begin(), meanwhile.end());
  all.push_back(&pinentry);
  if (!world_.terminal.wait(deadline, all)) {
    return fail(Fault::no_human, "nobody answered in time");
  }
  if (!pinentry.answered()) {
    return std::nullopt;
  }
  auto typed = pinentry.take();
  broken_ = !typed && typed.error().fault != Fault::no_human;
  return typed;
}

void Person::tell(std::string line) {
  world_.terminal.tell(line);
  told_ = std::move(line);
}

}  // namespace touchsts::steps
