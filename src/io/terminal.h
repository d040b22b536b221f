// The person at the controlling terminal. Never stdin or stdout: those belong to whoever runs us.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/background.h"

namespace touchsts::io {

class Terminal {
 public:
  virtual ~Terminal() = default;

  // in_reach: there is a terminal, and we are in its foreground.
  virtual bool in_reach() = 0;

  // ask shows `prompt` and reads one line without echo; nothing when one of `meanwhile` was answered before, and the
  // prompt is gone then. Fails with Fault::no_human when there is no terminal, we are not in its foreground, the
  // deadline passes, or the person gives up (end of file).
  virtual Result<std::optional<Secret>> ask(std::string_view prompt, Deadline deadline, Backgrounds meanwhile) = 0;

  // wait waits until one of `meanwhile` is answered (true) or the deadline passes (false), terminal or not.
  virtual bool wait(Deadline deadline, Backgrounds meanwhile) = 0;

  // tell shows a line if we are in the foreground of a terminal, else does nothing.
  virtual void tell(std::string_view line) = 0;
};

}  // namespace touchsts::io
