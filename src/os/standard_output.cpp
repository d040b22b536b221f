#include "os/standard_output.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/timestamp.h"

namespace touchsts::os {
namespace {

int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return errno;
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return 0;
}

}  // namespace

Result<> StandardOutput::result(std::string_view text) {
  if (closed_ && !text.empty()) {
    return fail(Fault::other, "the result cannot be written to stdout: it is closed");
  }
  if (const int problem = write_all(STDOUT_FILENO, text); problem != 0) {
    return fail(Fault::other, "the result cannot be written to stdout: {}", std::strerror(problem));
  }
  return {};
}

void StandardOutput::finish() {
  const Descriptor nowhere = open_at(AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere.valid()) {
    dup2(nowhere.get(), STDOUT_FILENO);
  }
}

void StandardOutput::complaint(std::string_view text) { write_all(STDERR_FILENO, text); }

Result<> LineLog::aim(io::LogLevel level, const std::string& file) {
  level_ = level;
  aimed_ = true;
  if (file.empty()) {
    return {};
  }
  file_ = open_at(AT_FDCWD, file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  if (!file_.valid()) {
    return fail(Fault::configuration, "the log file {} cannot be opened: {}", Untrusted{file}, std::strerror(errno));
  }
  return {};
}

void LineLog::write(io::LogLevel level, std::string_view text) {
  if (!wants(level)) {
    return;
  }
  constexpr std::array<std::string_view, 5> kNames = {"error", "warn", "info", "debug", "trace"};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string line = formatted("{} {} {} {}\n",
                                     codec::to_rfc3339(now),
                                     getpid(),
                                     kNames[static_cast<std::size_t>(level)],
                                     printable(text, 2000));
  write_all(file_.valid() ? file_.get() : STDERR_FILENO, line);
}

}  // namespace touchsts::os
