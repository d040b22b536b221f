#include "os/child_programs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/format.h"
#include "base/untrusted.h"
#include "os/descriptor.h"
#include "os/jail.h"
#include "os/outliving.h"
#include "os/socket_stream.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kLongestOutput = 4096;
constexpr int kNotStarted = 127;
constexpr auto kGrace = std::chrono::milliseconds(200);

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

// The environment found at start, with `added` in place of what it had under these names.
class Environment {
 public:
  Environment(char** found, const std::vector<std::pair<std::string, std::string>>& added) {
    std::vector<std::string> dropped;
    for (const auto& [name, value] : added) {
      dropped.push_back(name);
      texts_.push_back(formatted("{}={}", name, value));
    }
    entries_ = inherited(found, dropped);
    for (auto& text : texts_) {
      entries_.push_back(text.data());
    }
    entries_.push_back(nullptr);
  }
  [[nodiscard]] char* const* entries() const { return entries_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> entries_;
};

bool is_executable(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

// Where a program is that a configuration names: itself when it is a path, else in the folders of PATH, but for those
// that are empty or relative, which mean the current folder. "" when it is nowhere.
std::string program_path(const std::string& program, char** environment) {
  if (program.contains('/')) {
    return program;
  }
  std::string_view folders = "/usr/local/bin:/bin:/usr/bin";  // where there is no PATH, as execvp(3)
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (constexpr std::string_view kPath = "PATH="; std::string_view(*entry).starts_with(kPath)) {
      folders = std::string_view(*entry).substr(kPath.size());
    }
  }
  while (!folders.empty() && !program.empty()) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(std::min(folders.size(), folder.size() + 1));
    std::string path = formatted("{}/{}", folder, program);
    if (folder.starts_with('/') && is_executable(path)) {
      return path;
    }
  }
  return "";
}

// A child in a process group of its own, so that what it starts can be ended with it.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() { end(); }

  // Its status once it has ended, as waitpid(2) gives it; nothing when it goes on at the deadline.
  std::optional<int> await(Deadline deadline) {
    int status = 0;
    while (waitpid(id_, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() >= deadline) {
        return std::nullopt;
      }
      poll(nullptr, 0, 5);
    }
    id_ = -1;
    return status;
  }

  // It is asked to end, and not for long.
  void end() {
    if (id_ < 0) {
      return;
    }
    const pid_t group = -id_;
    kill(group, SIGTERM);
    (void)await(std::chrono::steady_clock::now() + kGrace);
    kill(group, SIGKILL);  // what it started too
    while (id_ > 0 && waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
  }

 private:
  pid_t id_;
};

// Its stderr goes nowhere: ours belongs to the caller's protocol.
Result<Child> start(
    const std::vector<std::string>& command, const Environment& environment, const StartState& state, int in, int out) {
  const Descriptor nowhere = open_at(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  const std::string program = program_path(command.front(), state.environment);
  auto arguments = pointers(command);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    return fail(Fault::other, "cannot start a process: {}", std::strerror(errno));
  }
  if (child == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
      _exit(kNotStarted);
    }
    restore(state);
    dup2(in >= 0 ? in : nowhere.get(), STDIN_FILENO);
    dup2(out >= 0 ? out : nowhere.get(), STDOUT_FILENO);
    dup2(nowhere.get(), STDERR_FILENO);
    execve(program.c_str(), arguments.data(), environment.entries());
    _exit(kNotStarted);
  }
  setpgid(child, child);
  return Child(child);
}

class Launched : public io::Background {
 public:
  explicit Launched(Child child) : child_(std::move(child)) {}
  std::optional<Wish> wants() override { return std::nullopt; }
  void advance() override {}
  void abandon() override { child_.end(); }

 private:
  Child child_;
};

class Conversation : public SocketStream {
 public:
  Conversation(Descriptor socket, Child child) : SocketStream(std::move(socket)), child_(std::move(child)) {}

 private:
  Child child_;
};

}  // namespace

Result<Secret> ChildPrograms::capture(const std::vector<std::string>& command,
                                      const std::vector<std::pair<std::string, std::string>>& added,
                                      Deadline deadline,
                                      io::Backgrounds meanwhile) {
  int pipe[2] = {-1, -1};
  if (pipe2(pipe, O_CLOEXEC) != 0) {
    return fail(Fault::other, "cannot make a pipe: {}", std::strerror(errno));
  }
  const Descriptor output(pipe[0]);
  Descriptor write_end(pipe[1]);
  Child child = TRY(start(command, Environment(start_.environment, added), start_, -1, write_end.get()));
  write_end.reset();

  SecretWriter collected;
  std::array<std::byte, 512> bytes{};
  while (true) {
    if (!wait_for(output.get(), POLLIN, deadline, meanwhile)) {
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
      return fail(Fault::malformed, "'{}' wrote more than {} bytes", Untrusted{command.front()}, kLongestOutput);
    }
  }
  wipe(bytes);
  // Its output has ended; a program that lingers is not waited for beyond the deadline either.
  const int status = child.await(deadline).value_or(SIGKILL);
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

std::unique_ptr<io::Background> ChildPrograms::launch(const std::vector<std::string>& command,
                                                      const std::vector<std::pair<std::string, std::string>>& added) {
  auto child = start(command, Environment(start_.environment, added), start_, -1, -1);
  return child ? std::make_unique<Launched>(*std::move(child)) : nullptr;
}

Result<std::unique_ptr<io::LocalStream>> ChildPrograms::converse(const std::vector<std::string>& command) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Fault::other, "cannot make a socket: {}", std::strerror(errno));
  }
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);  // ours alone: programs do not expect it
  auto child = TRY(start(command, Environment(start_.environment, {}), start_, theirs.get(), theirs.get()));
  return std::make_unique<Conversation>(std::move(ours), std::move(child));
}

Result<std::unique_ptr<io::LocalStream>> ChildPrograms::converse_apart(const std::vector<std::string>& command,
                                                                       const io::Lock* kept) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Fault::other, "cannot make a socket: {}", std::strerror(errno));
  }
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const Descriptor nowhere = open_at(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  const Environment environment(start_.environment, {});
  const std::string program = program_path(command.front(), start_.environment);
  auto arguments = pointers(command);
  const pid_t between = fork();
  if (between < 0) {
    return fail(Fault::other, "cannot start a process: {}", std::strerror(errno));
  }
  if (between == 0) {
    if (setsid() < 0 || fork() != 0) {
      _exit(0);
    }
    restore(start_);
    constexpr int kFree = 10;  // above the numbers that are given away
    const int end = fcntl(theirs.get(), F_DUPFD_CLOEXEC, kFree);
    const int lock = kept != nullptr ? fcntl(kept->descriptor(), F_DUPFD_CLOEXEC, kFree) : -1;
    dup2(nowhere.get(), STDIN_FILENO);
    dup2(nowhere.get(), STDOUT_FILENO);
    dup2(nowhere.get(), STDERR_FILENO);
    dup2(end, 3);
    dup2(end, 4);
    dup2(lock, 5);
    execve(program.c_str(), arguments.data(), environment.entries());
    _exit(kNotStarted);
  }
  while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  return std::make_unique<SocketStream>(std::move(ours));
}

void ChildPrograms::leave(std::unique_ptr<io::LocalStream> stream, Seconds longest) {
  const pid_t between = fork();
  if (between == 0) {
    if (setsid() < 0 || fork() != 0) {
      _exit(0);
    }
    const int kept = stream->descriptor();
    close_all_but(0, {kept});
    const auto end = std::chrono::steady_clock::now() + longest;
    std::array<std::byte, 4096> bytes{};
    while (wait_for(kept, POLLIN, end)) {
      const ssize_t count = read(kept, bytes.data(), bytes.size());
      if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
        break;
      }
    }
    _exit(0);
  }
  while (between > 0 && waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildPrograms::can_run(const std::string& program) {
  const std::string path = program_path(program, start_.environment);
  return !path.empty() && is_executable(path);
}

io::Background* ChildPrograms::outlive_caller() {
  caller_ = os::outlive_caller();
  return caller_.get();
}

Result<bool> ChildPrograms::split_off() { return os::split_off(); }

std::string ChildPrograms::own_path() {
  std::array<char, 4096> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "";
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
