#include "os/removed_at_end.h"

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace touchsts::os {
namespace {

// Those that end a process, may be caught, and come from outside. SIGPIPE is ignored from the start.
constexpr int kEnding[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGPOLL};

// What the signal's handler needs. It is written only while none of the signals is handled.
struct Target {
  int folder = -1;
  const char* name = nullptr;  // null: there is none
  int file = -1;               // held open, so that no other file gets its number
  pid_t owner = 0;
};
Target target;

// Only calls that a handler may make (signal-safety(7)).
void remove_target() {
  struct stat now{};
  struct stat ours{};
  if (target.name != nullptr && target.owner == getpid() &&
      fstatat(target.folder, target.name, &now, AT_SYMLINK_NOFOLLOW) == 0 && fstat(target.file, &ours) == 0 &&
      now.st_dev == ours.st_dev && now.st_ino == ours.st_ino) {
    unlinkat(target.folder, target.name, 0);
  }
}

// The signal is raised anew with the default handler, so that the process ends by it.
void on_signal(int number) {
  remove_target();
  (void)raise(number);
}

// What was ignored at start (nohup(1)) stays so.
void handle_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : kEnding) {
    struct sigaction before{};
    if (sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) {
      sigaction(number, &action, nullptr);
    }
  }
}

}  // namespace

EndingSignalsHeld::EndingSignalsHeld() {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int number : kEnding) {
    sigaddset(&ending, number);
  }
  sigprocmask(SIG_BLOCK, &ending, &before_);
}

EndingSignalsHeld::~EndingSignalsHeld() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

RemovedAtEnd::RemovedAtEnd(int folder, std::string name) : name_(std::move(name)) {
  const EndingSignalsHeld held;
  const int file = openat(folder, name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (file != -1) {
    target = {folder, name_.c_str(), file, getpid()};
    handle_signals();
  }
}

RemovedAtEnd::~RemovedAtEnd() {
  const EndingSignalsHeld held;
  if (target.name == name_.c_str()) {
    remove_target();
    close(target.file);
    target = {};
  }
}

}  // namespace touchsts::os
