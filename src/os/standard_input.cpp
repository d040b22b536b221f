#include "os/standard_input.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace touchsts::os {
namespace {

constexpr std::size_t kLongestLine = 8192;  // more than an otpauth URI may have

}  // namespace

bool PipedInput::open() const { return !done_ && isatty(STDIN_FILENO) == 0; }

std::optional<io::Background::Wish> PipedInput::wants() {
  return open() && !complete_ ? std::optional(Wish{STDIN_FILENO, POLLIN}) : std::nullopt;
}

// Reads the bytes that have come; poll(2) tells, since other processes share the pipe, which therefore stays blocking.
void PipedInput::advance() {
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  while (open() && !complete_ && poll(&ready, 1, 0) > 0) {
    std::array<char, 1> byte{};
    const ssize_t count = read(STDIN_FILENO, byte.data(), byte.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    too_long_ = count > 0 && byte[0] != '\n' && line_.size() == kLongestLine;
    complete_ = count <= 0 || byte[0] == '\n' || too_long_;  // one without end is no code
    if (!complete_) {
      line_.append(std::string_view(byte.data(), 1));
    }
    wipe(std::as_writable_bytes(std::span(byte)));
  }
}

std::optional<Secret> PipedInput::take() {
  done_ = true;
  complete_ = false;
  Secret line = line_.take();
  if (too_long_) {
    line = Secret();  // part of a secret is another secret
  }
  return line.empty() ? std::nullopt : std::optional(std::move(line));
}

}  // namespace touchsts::os
