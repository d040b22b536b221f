#include "os/child_programs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/format.h"
#include "base/untrusted.h"
#include "os/descriptor.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kLongestOutput = 4096;
constexpr int kNotStarted = 127;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const auto& text : texts) {
    list.push_back(const_cast<char*>(text.c_str()));
  }
  list.push_back(nullptr);
  return list;
}

std::string_view name_of(const char* entry) {
  const std::string_view text(entry);
  return text.substr(0, text.find('='));
}

// The environment found at start without `dropped`, as pointers into it.
std::vector<char*> inherited(char** environment, const std::vector<std::string>& dropped) {
  std::vector<char*> list;
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (!std::ranges::contains(dropped, name_of(*entry))) {
      list.push_back(*entry);
    }
  }
  return list;
}

// Its process group is its own, so that what it starts can be ended with it.
void end_group(pid_t child) {
  kill(-child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

struct Started {
  pid_t child = -1;
  Descriptor output;
};

Result<Started> start(const std::vector<std::string>& command,
                      std::vector<char*> environment,
                      const StartState& state) {
  int pipe[2] = {-1, -1};
  if (pipe2(pipe, O_CLOEXEC) != 0) {
    return fail(Fault::other, "cannot make a pipe: {}", std::strerror(errno));
  }
  Descriptor read_end(pipe[0]);
  const Descriptor write_end(pipe[1]);
  const Descriptor nowhere = open_at(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  auto arguments = pointers(command);
  const pid_t child = fork();
  if (child < 0) {
    return fail(Fault::other, "cannot start a process: {}", std::strerror(errno));
  }
  if (child == 0) {
    setpgid(0, 0);
    restore(state);
    dup2(nowhere.get(), STDIN_FILENO);
    dup2(write_end.get(), STDOUT_FILENO);
    dup2(nowhere.get(), STDERR_FILENO);  // our stderr belongs to the caller's protocol
    execvpe(arguments[0], arguments.data(), environment.data());
    _exit(kNotStarted);
  }
  setpgid(child, child);
  return Started{child, std::move(read_end)};
}

}  // namespace

Result<Secret> ChildPrograms::capture(const std::vector<std::string>& command,
                                      const std::vector<std::pair<std::string, std::string>>& added,
                                      Deadline deadline,
                                      io::Backgrounds meanwhile) {
  std::vector<std::string> dropped;
  std::vector<std::string> extra;
  for (const auto& [name, value] : added) {
    dropped.push_back(name);
    extra.push_back(formatted("{}={}", name, value));
  }
  auto environment = inherited(start_.environment, dropped);
  for (auto& entry : extra) {
    environment.push_back(entry.data());
  }
  environment.push_back(nullptr);
  const auto [child, output] = TRY(start(command, std::move(environment), start_));

  SecretWriter collected;
  std::array<std::byte, 512> bytes{};
  while (true) {
    if (!wait_for(output.get(), POLLIN, deadline, meanwhile)) {
      end_group(child);
      return fail(Fault::no_human, "'{}' did not answer in time", Untrusted{command.front()});
    }
    const ssize_t count = read(output.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    collected.append(std::span<const std::byte>(bytes).first(static_cast<std::size_t>(count)));
    if (collected.size() > kLongestOutput) {
      end_group(child);
      return fail(Fault::malformed, "'{}' wrote more than {} bytes", Untrusted{command.front()}, kLongestOutput);
    }
  }
  wipe(bytes);
  // Its output has ended; a program that lingers is not waited for beyond the deadline either.
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      end_group(child);
      break;
    }
    poll(nullptr, 0, 5);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotStarted) {
      return fail(Fault::configuration, "'{}' cannot be run", Untrusted{command.front()});
    }
    return fail(Fault::other,
                "'{}' failed ({})",
                Untrusted{command.front()},
                WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                  : "signal " + std::to_string(WTERMSIG(status)));
  }
  return collected.take();
}

ChildPrograms::NotStarted ChildPrograms::become(const std::vector<std::string>& command,
                                                const io::Variables& added,
                                                const std::vector<std::string>& dropped) {
  std::vector<std::string> replaced = dropped;
  for (const auto& [name, value] : added) {
    replaced.push_back(name);
  }
  auto environment = inherited(start_.environment, replaced);
  std::vector<Secret> entries;
  for (const auto& [name, value] : added) {
    SecretWriter entry;
    entry.append(std::string_view(name));
    entry.append(std::string_view("="));
    entry.append(value.reveal());
    entry.append(std::string_view("\0", 1));
    entries.push_back(entry.take());
    environment.push_back(reinterpret_cast<char*>(entries.back().reveal_writable().data()));
  }
  environment.push_back(nullptr);
  auto arguments = pointers(command);
  restore(start_);
  execvpe(arguments[0], arguments.data(), environment.data());
  const int problem = errno;
  return {.found = problem != ENOENT && problem != ENOTDIR, .why = std::strerror(problem)};
}

}  // namespace touchsts::os
