// The person at this machine: asked on the terminal, if we are in its foreground, else through pinentry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "io/world.h"

namespace touchsts::steps {

// Wanted is what a person is asked for.
struct Wanted {
  std::string_view name;  // "MFA code"
  std::string_view one;   // "an MFA code"
  std::string_view hint;  // what to do where no person can be asked
};

inline constexpr Wanted kMfaCode{
    "MFA code", "an MFA code", "run touchsts login in a terminal first, or set mfa_process, or give --token-code"};
inline constexpr Wanted kPassphrase{
    "passphrase", "a passphrase", "run touchsts cache unlock in a terminal first, or give TOUCHSTS_PASSPHRASE"};

class Person {
 public:
  // `pinentry` is the program's name or path; "" means pinentry, where a display or GPG_TTY says that it can ask.
  Person(io::World& world, std::string pinentry, const Wanted& wanted = kMfaCode)
      : world_(world), pinentry_(std::move(pinentry)), wanted_(wanted) {}

  // in_reach: there is a way to ask.
  [[nodiscard]] bool in_reach() const;

  // has_own_pinentry: the configuration names one, so it is asked where a notice would do.
  [[nodiscard]] bool has_own_pinentry() const { return !pinentry_.empty() && !broken_; }

  // ask is io::Terminal::ask, in one of these ways. A pinentry that does not work (Fault::device) is not used again.
  Result<std::optional<Secret>> ask(const std::string& text, Deadline deadline, io::Backgrounds meanwhile);

  // wants changes what is asked for from now on.
  void wants(const Wanted& wanted) { wanted_ = wanted; }

  // tell shows a line on the terminal; in pinentry it stands above the next question.
  void tell(std::string line);

 private:
  [[nodiscard]] bool pinentry_in_reach() const;
  Result<std::optional<Secret>> ask_pinentry(const std::string& text, Deadline deadline, io::Backgrounds meanwhile);

  io::World& world_;
  std::string pinentry_;
  Wanted wanted_;
  std::string told_;
  bool broken_ = false;
};

}  // namespace touchsts::steps
