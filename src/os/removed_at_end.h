// A file that must not stay behind when this process ends.
#pragma once

#include <csignal>
#include <string>

namespace touchsts::os {

// EndingSignalsHeld: signals that end a process (SIGHUP, SIGTERM ...) wait until it is destroyed.
class EndingSignalsHeld {
 public:
  EndingSignalsHeld();
  EndingSignalsHeld(const EndingSignalsHeld&) = delete;
  EndingSignalsHeld& operator=(const EndingSignalsHeld&) = delete;
  ~EndingSignalsHeld();

 private:
  sigset_t before_{};
};

// RemovedAtEnd removes a file when it is destroyed, and when such a signal ends the process: unless there is another
// file by then under that name. There is one at a time; it counts for this process alone, not for its
// children.
class RemovedAtEnd {
 public:
  // The folder is borrowed. The file is the one that is there now.
  RemovedAtEnd(int folder, std::string name);
  RemovedAtEnd(const RemovedAtEnd&) = delete;
  RemovedAtEnd& operator=(const RemovedAtEnd&) = delete;
  ~RemovedAtEnd();

 private:
  std::string name_;
};

}  // namespace touchsts::os
