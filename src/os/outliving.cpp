#include "os/outliving.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <span>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/secret.h"
#include "os/descriptor.h"

namespace touchsts::os {
namespace {

struct Pipe {
  Descriptor from;
  Descriptor to;
};

std::optional<Pipe> open_pipe() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return std::nullopt;
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// What cannot be written has lost its reader.
void write_all(int to, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(to, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
}

// Copies what the child writes until it has closed both.
void hand_on(int out, int err) {
  struct Copy {
    int to;
    pollfd from;
  };
  Copy copies[] = {{STDOUT_FILENO, {out, POLLIN, 0}}, {STDERR_FILENO, {err, POLLIN, 0}}};
  Secret buffer = Secret::blank(4096);
  const std::span<std::byte> bytes = buffer.reveal_writable();
  while (copies[0].from.fd >= 0 || copies[1].from.fd >= 0) {
    pollfd ends[] = {copies[0].from, copies[1].from};
    if (poll(ends, 2, -1) < 0) {
      continue;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (ends[i].revents == 0) {
        continue;
      }
      const ssize_t count = read(ends[i].fd, bytes.data(), bytes.size());
      if (count > 0) {
        write_all(copies[i].to, bytes.first(static_cast<std::size_t>(count)));
      } else if (count == 0 || errno != EINTR) {
        copies[i].from.fd = -1;
      }
    }
  }
}

[[noreturn]] void end_as(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    (void)signal(WTERMSIG(status), SIG_DFL);
    (void)raise(WTERMSIG(status));
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

class CallerWatch : public io::Background {
 public:
  std::optional<Wish> wants() override { return gone_ ? std::nullopt : std::optional(Wish{STDOUT_FILENO, 0}); }
  void advance() override {
    pollfd out{STDOUT_FILENO, 0, 0};
    gone_ = poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
  }
  [[nodiscard]] bool answered() const override { return gone_; }

 private:
  bool gone_ = false;
};

}  // namespace

std::unique_ptr<io::Background> outlive_caller() {
  auto out = open_pipe();
  auto err = open_pipe();
  if (!out || !err) {
    return nullptr;
  }
  arena::let_child_have_secrets();
  const pid_t child = fork();
  arena::keep_from_children();
  if (child < 0) {
    return nullptr;
  }
  if (child == 0) {
    dup2(out->to.get(), STDOUT_FILENO);
    dup2(err->to.get(), STDERR_FILENO);
    return std::make_unique<CallerWatch>();
  }
  out->to = Descriptor();
  err->to = Descriptor();
  hand_on(out->from.get(), err->from.get());
  end_as(child);
}

void send_output_nowhere() {
  const Descriptor nowhere = open_at(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int number = 0; number <= 2 && nowhere.valid(); ++number) {
    dup2(nowhere.get(), number);
  }
}

Result<bool> split_off() {
  arena::let_child_have_secrets();
  const pid_t between = fork();
  if (between == 0) {
    if (setsid() < 0 || fork() != 0) {
      _exit(0);
    }
    arena::keep_from_children();
    send_output_nowhere();
    return true;
  }
  arena::keep_from_children();
  if (between < 0) {
    return fail(Fault::other, "cannot start a process: {}", std::strerror(errno));
  }
  while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  return false;
}

}  // namespace touchsts::os
