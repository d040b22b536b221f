// Other programs: helpers whose answer we want, and the command of `touchsts exec`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/background.h"
#include "io/local_sockets.h"
#include "io/lock.h"

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

  // launch starts a program that is left to itself; what it writes goes nowhere. It ends, with all it started, when
  // what is returned is destroyed. Null when it cannot be started.
  virtual std::unique_ptr<Background> launch(const std::vector<std::string>& command,
                                             const std::vector<std::pair<std::string, std::string>>& added) = 0;

  // converse starts a program whose stdin and stdout are the stream. It ends when that is destroyed.
  virtual Result<std::unique_ptr<LocalStream>> converse(const std::vector<std::string>& command) = 0;

  // converse_apart starts a program that is an orphan and has the stream as its descriptors 3 and 4; what it reads
  // and writes elsewhere goes nowhere. It is told to end by the end of the stream, and has `kept` until it has ended.
  virtual Result<std::unique_ptr<LocalStream>> converse_apart(const std::vector<std::string>& command,
                                                              const Lock* kept) = 0;

  // leave keeps a stream open in a process of its own until the other side closes it, and no longer than that.
  virtual void leave(std::unique_ptr<LocalStream> stream, Seconds longest) = 0;

  // can_run: there is such a program (in PATH unless it has a '/').
  virtual bool can_run(const std::string& program) = 0;

  // outlive_caller goes on in a child, which lives on when our caller ends us; this process hands on what the
  // child writes and ends as it does. It returns in the child, with what is answered as soon as the caller is gone;
  // null when there can be no child.
  virtual Background* outlive_caller() = 0;

  // split_off goes on twice: here (false), and with the secrets in a process that is an orphan, has no terminal
  // and whose output goes nowhere (true).
  virtual Result<bool> split_off() = 0;

  // end is how a process that was split off ends.
  [[noreturn]] virtual void end() = 0;

  // own_path is where the running program lies; "" when the system does not tell.
  virtual std::string own_path() = 0;

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
