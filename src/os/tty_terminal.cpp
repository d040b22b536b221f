// The rules of the terminal, in one place:
// - Only /dev/tty; stdin and stdout belong to our caller.
// - Only in the foreground: a background process that touches the terminal stops the whole job of an SDK.
// - Echo is off while a line is typed; whatever ends the wait (line, deadline, signal), the terminal gets back the
//   settings that it had. Signals that end us are sent again afterwards; a stop restores, stops, and asks again.
#include "os/tty_terminal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "os/descriptor.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kLongestLine = 4096;  // a terminal gives 4095 bytes at most (N_TTY)
constexpr std::array kCaught = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU};

// Signal handlers may write to a pipe and nothing else.
volatile sig_atomic_t wake_pipe = -1;
volatile sig_atomic_t caught_signal = 0;

void on_signal(int number) {
  const int saved = errno;
  caught_signal = number;
  const char byte = 0;
  (void)!write(wake_pipe, &byte, 1);
  errno = saved;
}

// While it lives, signals only wake the wait; afterwards everything is as it was.
class SignalTrap {
 public:
  explicit SignalTrap(int pipe) {
    wake_pipe = pipe;
    caught_signal = 0;
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kCaught.size(); ++i) {
      sigaction(kCaught[i], nullptr, &saved_[i]);
      if (saved_[i].sa_handler != SIG_IGN) {
        sigaction(kCaught[i], &action, nullptr);
      }
    }
  }
  SignalTrap(const SignalTrap&) = delete;
  SignalTrap& operator=(const SignalTrap&) = delete;
  ~SignalTrap() {
    for (std::size_t i = 0; i < kCaught.size(); ++i) {
      sigaction(kCaught[i], &saved_[i], nullptr);
    }
    wake_pipe = -1;
  }

 private:
  std::array<struct sigaction, kCaught.size()> saved_{};
};

class NoEcho {
 public:
  enum class Reads { lines, keys };

  NoEcho(int terminal, Reads reads) : terminal_(terminal), good_(tcgetattr(terminal, &saved_) == 0) {
    termios quiet = saved_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON);
    quiet.c_lflag |= ISIG | (reads == Reads::lines ? ICANON : 0U);
    if (reads == Reads::keys) {
      quiet.c_cc[VMIN] = 1;
      quiet.c_cc[VTIME] = 0;
    }
    set(quiet);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() { set(saved_); }

 private:
  void set(const termios& settings) const {
    // From the background SIGTTOU would come for ever; the shell then has the terminal and its own settings.
    while (good_ && tcsetattr(terminal_, TCSAFLUSH, &settings) != 0 && errno == EINTR && caught_signal != SIGTTOU) {
    }
  }

  int terminal_;
  termios saved_{};
  bool good_;
};

bool in_foreground(int terminal) { return tcgetpgrp(terminal) == getpgrp(); }

void put(int terminal, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(terminal, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return;
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

winsize size_of(int terminal) {
  winsize size{};
  return ioctl(terminal, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

class LineReader {
 public:
  explicit LineReader(int terminal) : terminal_(terminal) {}

  // True when a line (or the end of input) is complete.
  bool take() {
    std::array<char, 256> bytes{};
    const ssize_t count = read(terminal_, bytes.data(), bytes.size());
    if (count <= 0) {
      ended_ = count == 0 || (errno != EINTR && errno != EAGAIN);
      return ended_;
    }
    const std::string_view got(bytes.data(), static_cast<std::size_t>(count));
    const bool complete = got.contains('\n');
    too_long_ = too_long_ || line_.size() + got.size() > kLongestLine;
    if (!too_long_) {
      line_.append(got.substr(0, got.find('\n')));
    }
    wipe(std::as_writable_bytes(std::span(bytes)));
    return complete;
  }

  [[nodiscard]] bool ended() const { return ended_; }

  // Part of a line is not an answer.
  Result<Secret> line() {
    return too_long_ ? fail(Fault::usage, "what was typed is longer than {} bytes", kLongestLine)
                     : Result<Secret>(line_.take());
  }

 private:
  int terminal_;
  SecretWriter line_;
  bool too_long_ = false;
  bool ended_ = false;
};

enum class End { line, deadline, answered, signal, given_up };

struct Waiting {
  Deadline deadline;
  io::Backgrounds meanwhile;
};

// The pipe through which signals wake a wait, and the trap that writes to it.
class Wakeable {
 public:
  Wakeable() {
    int pipe[2] = {-1, -1};
    if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) == 0) {
      read_end_ = Descriptor(pipe[0]);
      write_end_ = Descriptor(pipe[1]);
      trap_.emplace(pipe[1]);
    }
  }
  [[nodiscard]] bool good() const { return read_end_.valid(); }
  [[nodiscard]] int descriptor() const { return read_end_.get(); }

 private:
  Descriptor read_end_;
  Descriptor write_end_;
  std::optional<SignalTrap> trap_;
};

bool caught_a_stop() { return caught_signal == SIGTSTP || caught_signal == SIGTTIN || caught_signal == SIGTTOU; }

// What the signal does, after everything is in order again; a stop comes back here.
void raise_caught(io::Backgrounds meanwhile) {
  const int number = static_cast<int>(caught_signal);  // another wait forgets it
  if (!caught_a_stop()) {
    for (io::Background* const work : meanwhile) {
      work->abandon();
    }
  }
  (void)raise(number);
}

// Who gives up has given up, though an answer comes at the same time.
End why_ended(io::Backgrounds meanwhile) {
  if (any_answered(meanwhile) && (caught_signal == 0 || caught_a_stop())) {
    return End::answered;
  }
  return caught_signal != 0 ? End::signal : End::deadline;
}

End read_line(LineReader& reader, int terminal, std::string_view prompt, const Waiting& waiting) {
  const Wakeable wakeable;
  if (!wakeable.good()) {
    return End::deadline;
  }
  const NoEcho quiet(terminal, NoEcho::Reads::lines);
  put(terminal, prompt);
  End end = End::deadline;
  while (true) {
    if (!wait_for(terminal, POLLIN, waiting.deadline, waiting.meanwhile, wakeable.descriptor())) {
      end = why_ended(waiting.meanwhile);
      break;
    }
    if (reader.take()) {
      end = End::line;
      break;
    }
  }
  if (!in_foreground(terminal)) {
    return end;  // the shell has the terminal back: our caller was killed, and the line is no longer the prompt's
  }
  if (end == End::answered && prompt.size() < size_of(terminal).ws_col) {
    put(terminal, "\r" + std::string(prompt.size(), ' ') + "\r");
  } else {
    put(terminal, "\n");
  }
  return end;
}

// The first press of a key in `bytes`: a character, or an escape sequence (ECMA-48, 5.4 and 8.3.16).
std::string_view first_key(std::string_view bytes) {
  std::size_t size = 1;
  if (bytes.front() == '\x1b' && bytes.size() > 1 && bytes[1] == 'O') {
    size = 3;
  } else if (bytes.front() == '\x1b' && bytes.size() > 1 && bytes[1] == '[') {
    size = 2;
    while (size < bytes.size() && (bytes[size] < '@' || bytes[size] > '~')) {
      ++size;
    }
    ++size;
  } else {
    while (size < bytes.size() && (static_cast<unsigned char>(bytes[size]) & 0xC0U) == 0x80U) {
      ++size;
    }
  }
  return bytes.substr(0, size);
}

// A menu as it stands on the terminal.
class Drawing {
 public:
  Drawing(int terminal, const io::Menu& menu) : terminal_(terminal), menu_(menu) {}

  void draw() {
    constexpr std::size_t kUsualRows = 24;
    constexpr std::size_t kUsualColumns = 80;
    const winsize size = size_of(terminal_);
    const std::size_t rows = size.ws_row != 0 ? size.ws_row : kUsualRows;
    const std::size_t columns = size.ws_col != 0 ? size.ws_col : kUsualColumns;
    std::string text = to_start();
    const auto lines = menu_.lines(rows, columns - 1);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text += (i == 0 ? "" : "\n") + lines[i];
    }
    drawn_ = lines.size();
    put(terminal_, text);
  }

  void erase() {
    put(terminal_, to_start());
    drawn_ = 0;
  }

 private:
  // To the first column of the first line, with nothing below.
  [[nodiscard]] std::string to_start() const {
    return (drawn_ > 1 ? "\x1b[" + std::to_string(drawn_ - 1) + "A" : "") + "\r\x1b[J";
  }

  int terminal_;
  const io::Menu& menu_;
  std::size_t drawn_ = 0;
};

// What was pressed, in order, until something comes of it.
io::Menu::State press(int terminal, io::Menu& menu) {
  std::array<char, 256> bytes{};
  const ssize_t count = read(terminal, bytes.data(), bytes.size());
  if (count == 0) {
    return io::Menu::State::given_up;
  }
  std::string_view left(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  auto state = io::Menu::State::open;
  while (!left.empty() && state == io::Menu::State::open) {
    const std::string_view key = first_key(left);
    left.remove_prefix(key.size());
    state = menu.key(key);
  }
  return state;
}

End run_menu(io::Menu& menu, int terminal, Deadline deadline) {
  const Wakeable wakeable;
  if (!wakeable.good()) {
    return End::deadline;
  }
  const NoEcho quiet(terminal, NoEcho::Reads::keys);
  Drawing drawing(terminal, menu);
  while (true) {
    drawing.draw();
    if (!wait_for(terminal, POLLIN, deadline, {}, wakeable.descriptor())) {
      drawing.erase();
      return why_ended({});
    }
    const auto state = press(terminal, menu);
    if (state != io::Menu::State::open) {
      drawing.erase();
      return state == io::Menu::State::chosen ? End::line : End::given_up;
    }
  }
}

Descriptor open_terminal() { return open_at(AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY); }

// What `once` does with the terminal, and once more after each stop, until it ends neither with a signal nor in vain.
template <class Once>
Result<End> in_front(io::Backgrounds meanwhile, Once once) {
  const Descriptor terminal = open_terminal();
  if (!terminal.valid()) {
    return fail(Fault::no_human, "there is no terminal to ask on");
  }
  while (true) {
    if (!in_foreground(terminal.get())) {
      return fail(Fault::no_human, "this process is not in the foreground of its terminal");
    }
    const End end = once(terminal.get());
    if (end == End::deadline) {
      return fail(Fault::no_human, "nobody answered in time");
    }
    if (end != End::signal) {
      return end;
    }
    raise_caught(meanwhile);
  }
}

}  // namespace

bool TtyTerminal::in_reach() {
  const Descriptor terminal = open_terminal();
  return terminal.valid() && in_foreground(terminal.get());
}

Result<std::optional<Secret>> TtyTerminal::ask(std::string_view prompt, Deadline deadline, io::Backgrounds meanwhile) {
  std::optional<LineReader> reader;
  const End end = TRY(in_front(meanwhile, [&](int terminal) {
    return read_line(reader.emplace(terminal), terminal, prompt, {deadline, meanwhile});
  }));
  if (end == End::answered) {
    return std::nullopt;
  }
  if (reader->ended()) {
    return fail(Fault::no_human, "no answer was given");
  }
  return TRY(reader->line());
}

Result<> TtyTerminal::choose(io::Menu& menu, Deadline deadline) {
  const End end = TRY(in_front({}, [&](int terminal) { return run_menu(menu, terminal, deadline); }));
  return end == End::line ? Result<>() : fail(Fault::no_human, "nothing was chosen");
}

bool TtyTerminal::wait(Deadline deadline, io::Backgrounds meanwhile) {
  while (true) {
    End end = End::deadline;
    {
      const Wakeable wakeable;
      wait_for(-1, 0, deadline, meanwhile, wakeable.descriptor());
      end = why_ended(meanwhile);
    }
    if (end != End::signal) {
      return end == End::answered;
    }
    raise_caught(meanwhile);
  }
}

void TtyTerminal::tell(std::string_view line) {
  const Descriptor terminal = open_terminal();
  if (terminal.valid() && in_foreground(terminal.get())) {
    // In parts: there may be a secret in it, which is not to be copied.
    put(terminal.get(), "touchsts: ");
    put(terminal.get(), line);
    put(terminal.get(), "\n");
  }
}

}  // namespace touchsts::os
