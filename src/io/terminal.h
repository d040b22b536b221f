// The person at the controlling terminal. Never stdin or stdout: those belong to whoever runs us.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/background.h"

namespace touchsts::io {

class Terminal {
 public:
  virtual ~Terminal() = default;

  // ask shows `prompt` and reads one line without echo. Fails with Fault::no_human when there is no terminal, we are
  // not in its foreground, the deadline passes, or the person gives up (end of file). `meanwhile` may be null.
  virtual Result<Secret> ask(std::string_view prompt, Deadline deadline, Background* meanwhile) = 0;

  // tell shows a line if we are in the foreground of a terminal, else does nothing.
  virtual void tell(std::string_view line) = 0;
};

}  // namespace touchsts::io
