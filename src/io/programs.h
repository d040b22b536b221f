// Other programs: helpers whose answer we want, and the command of `touchsts exec`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/background.h"

namespace touchsts::io {

using Variables = std::vector<std::pair<std::string, Secret>>;

class Programs {
 public:
  virtual ~Programs() = default;

  // capture runs a program without a shell (found in PATH unless it has a '/') and returns what it wrote to stdout, at
  // most 4 KiB. `added` goes into its environment. A program that fails, floods or outlives the deadline is an error.
  virtual Result<Secret> capture(const std::vector<std::string>& command,
                                 const std::vector<std::pair<std::string, std::string>>& added,
                                 Deadline deadline,
                                 Backgrounds meanwhile) = 0;

  // become replaces this process by the program, with the environment found at start less `dropped` plus `added`.
  // Returns only when that fails: Fault::other, with `not_found` set apart from "not runnable".
  struct NotStarted {
    bool found = true;
    std::string why;
  };
  virtual NotStarted become(const std::vector<std::string>& command,
                            const Variables& added,
                            const std::vector<std::string>& dropped) = 0;
};

}  // namespace touchsts::io
