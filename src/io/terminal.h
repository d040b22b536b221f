// The person at the controlling terminal. Never stdin or stdout: those belong to our caller.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/background.h"

namespace touchsts::io {

// Menu is something to choose from, drawn on a terminal.
class Menu {
 public:
  enum class State { open, chosen, given_up };

  virtual ~Menu() = default;

  // key takes what came of a press of a key: a character (UTF-8) or an escape sequence (ECMA-48, 8.3).
  virtual State key(std::string_view bytes) = 0;

  // lines is what is to be seen now: at most `rows` lines of at most `columns` characters each, no line ends.
  [[nodiscard]] virtual std::vector<std::string> lines(std::size_t rows, std::size_t columns) const = 0;
};

class Terminal {
 public:
  virtual ~Terminal() = default;

  // in_reach: there is a terminal, and we are in its foreground.
  virtual bool in_reach() = 0;

  // ask shows `prompt` and reads one line without echo; nothing when one of `meanwhile` was answered before, and the
  // prompt is gone then. Fails with Fault::no_human when there is no terminal, we are not in its foreground, the
  // deadline passes, or the person gives up (end of file).
  virtual Result<std::optional<Secret>> ask(std::string_view prompt, Deadline deadline, Backgrounds meanwhile) = 0;

  // choose shows the menu until it is chosen from; what was drawn is gone then. Fails as ask does, and when the person
  // gives up.
  virtual Result<> choose(Menu& menu, Deadline deadline) = 0;

  // wait waits until one of `meanwhile` is answered (true) or the deadline passes (false), terminal or not.
  virtual bool wait(Deadline deadline, Backgrounds meanwhile) = 0;

  // tell shows a line if we are in the foreground of a terminal, else does nothing.
  virtual void tell(std::string_view line) = 0;
};

}  // namespace touchsts::io
