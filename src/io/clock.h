// The clocks of the machine.
#pragma once

#include <string>

#include "base/time.h"

namespace touchsts::io {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;             // wall clock
  virtual Deadline steady() = 0;      // monotonic
  virtual Seconds since_boot() = 0;   // counts suspend, cannot be set
  virtual std::string boot_id() = 0;  // names this boot; "" when the system does not tell
  virtual void sleep_until(Deadline time) = 0;
};

}  // namespace touchsts::io
