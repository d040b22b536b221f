#include "os/jailed_html.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/untrusted.h"
#include "codec/html_wire.h"
#include "os/descriptor.h"
#include "os/jail.h"
#include "os/own_program.h"
#include "os/trial.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;

[[maybe_unused]] constexpr rlim_t kMemory = rlim_t{256} << 20U;  // bytes of addresses
constexpr rlim_t kTime = 2;                                      // seconds of the processor
constexpr auto kPatience = 10s;                                  // with the whole of it
constexpr std::size_t kMostBack = std::size_t{4} << 20U;         // bytes of what it found

constexpr std::string_view kDown = "the page brings its reader down";

constexpr int kExitRead = 0;
constexpr int kExitRefused = 1;  // what comes back says why
constexpr int kExitNoJail = 2;
constexpr int kExitNotStarted = 70;

constexpr std::string_view kNoJail =
    "this kernel, or this container, has no system call filters, so pages are not read";

void limit(int what, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  setrlimit(what, &both);
}

// Reads until the other end is closed. Nothing when there is more than `most`.
std::optional<Secret> read_all(int from, std::size_t most) {
  SecretWriter all;
  std::array<std::byte, 16'384> buffer{};
  while (true) {
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      wipe(buffer);
      return count == 0 ? std::optional(all.take()) : std::nullopt;
    }
    all.append(std::span(buffer).first(static_cast<std::size_t>(count)));
    if (all.size() > most) {
      return std::nullopt;
    }
  }
}

void write_all(int to, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(to, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      _exit(kExitRefused);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
}

// The child, up to where it is another program.
[[noreturn]] void start(int channel, const Descriptor& program, const char* argument) {
  if (dup2(channel, STDIN_FILENO) < 0) {
    _exit(kExitRefused);
  }
  close_all_but(STDIN_FILENO + 1, {program.get()});
#if !__has_feature(address_sanitizer)
  limit(RLIMIT_AS, kMemory);
#endif
  limit(RLIMIT_CPU, kTime);
  become_role(program, Role::page_reader, argument);
}

// The child goes when this does.
class Worker {
 public:
  explicit Worker(pid_t id) : id_(id) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (id_ > 0) {
      kill(id_, SIGKILL);
      (void)wait();
    }
  }

  // Its status, as waitpid(2) gives it.
  int wait() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status;
  }

 private:
  pid_t id_;
};

// Sends the page and closes our half. False when the child does not take it in time.
bool send_all(int to, std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t count = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EINTR && (errno != EAGAIN || !wait_for(to, POLLOUT, deadline))) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  return shutdown(to, SHUT_WR) == 0;
}

std::optional<Secret> receive_all(int from, Deadline deadline) {
  SecretWriter all;
  Secret buffer = Secret::blank(16'384);
  while (all.size() <= kMostBack) {
    if (!wait_for(from, POLLIN, deadline)) {
      return std::nullopt;
    }
    const auto bytes = buffer.reveal_writable();
    const ssize_t count = recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count == 0) {
      return all.take();
    }
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      return std::nullopt;
    }
    all.append(bytes.first(static_cast<std::size_t>(std::max<ssize_t>(count, 0))));
  }
  return std::nullopt;
}

}  // namespace

bool JailedHtml::jailed() { return try_out("jail page-reader").has_value(); }

std::string page_reader_argument(const PageReader& reader) {
  return (reader.unjailed == Unjailed::allowed ? "unjailed " : "jailed ") + reader.what;
}

PageReader parse_page_reader(std::string_view argument) {
  const auto blank = std::min(argument.find(' '), argument.size());
  return {argument.substr(0, blank) == "unjailed" ? Unjailed::allowed : Unjailed::refused,
          std::string(argument.substr(std::min(blank + 1, argument.size())))};
}

void run_page_reader(Unjailed unjailed, PageReading reading) {
  const bool ready = enter_jail(Jail::page_reader) || unjailed == Unjailed::allowed;
  const auto page = read_all(STDIN_FILENO, codec::kHtmlLimit);
  const auto found = !ready ? Result<codec::HtmlPage>(fail(Fault::other, "{}", kNoJail))
                     : page ? reading(page->reveal_text())
                            : fail(Fault::malformed, "the page is too large");
  if (found) {
    write_all(STDIN_FILENO, codec::pack_html(*found).reveal());
    _exit(kExitRead);
  }
  write_all(STDIN_FILENO, std::as_bytes(std::span(found.error().text)));
  _exit(ready ? kExitRefused : kExitNoJail);
}

Result<codec::HtmlPage> JailedHtml::read(const Secret& page, Deadline deadline) {
  if (page.size() > codec::kHtmlLimit) {
    return fail(Fault::malformed, "the page has more than the {} bytes that are read", codec::kHtmlLimit);
  }
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Fault::other, "cannot make a socket: {}", std::strerror(errno));
  }
  const Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  const Descriptor program = TRY(open_own_program());
  const std::string argument = page_reader_argument({unjailed_, what_});
  const pid_t id = fork();
  if (id < 0) {
    return fail(Fault::other, "cannot start a process: {}", std::strerror(errno));
  }
  if (id == 0) {
    start(theirs.get(), program, argument.c_str());
  }
  Worker worker(id);
  theirs.reset();
  const Deadline end = std::min<Deadline>(deadline, std::chrono::steady_clock::now() + kPatience);
  const bool sent = send_all(ours.get(), page.reveal(), end);
  const auto found = sent ? receive_all(ours.get(), end) : std::nullopt;
  if (!found) {
    return fail(Fault::malformed, "the page takes too long to read");
  }
  const int status = worker.wait();
  if (!WIFEXITED(status)) {
    return fail(Fault::malformed, "{}", kDown);
  }
  if (WEXITSTATUS(status) == kExitNoJail) {
    return hinted(fail(Fault::other, "{}", kNoJail),
                  "saml_provider = browser does without; TOUCHSTS_SANDBOX=0 reads them all the same");
  }
  if (WEXITSTATUS(status) == kExitNotStarted) {
    return fail(Fault::internal, "this program cannot be started anew to read a page");
  }
  if (WEXITSTATUS(status) != kExitRead) {
    return fail(Fault::malformed, "{}", Untrusted{found->empty() ? kDown : found->reveal_text()});
  }
  return codec::unpack_html(found->reveal());
}

}  // namespace touchsts::os
