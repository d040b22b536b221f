#include "os/trial.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/untrusted.h"
#include "codec/number.h"
#include "os/descriptor.h"
#include "os/jail.h"
#include "os/kernel_keyring.h"
#include "os/own_program.h"

namespace touchsts::os {
namespace {

constexpr std::string_view kPayload = "touchsts doctor";
constexpr Seconds kKeyLife{30};    // in case it is not removed
constexpr unsigned kPatience = 5;  // seconds

// The next word of `text`, which is taken off.
std::string_view take_word(std::string_view& text) {
  const auto blank = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(std::min(blank + 1, text.size()));
  return word;
}

// A jail that was entered, but lets files be opened, is none.
Result<> try_jail(Jail kind) {
  if (!enter_jail(kind)) {
    return fail(Fault::other, "{}", std::strerror(errno));
  }
  return open_at(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC).valid()
             ? Result<>(fail(Fault::other, "files can be opened all the same"))
             : Result<>();
}

Result<> try_key(std::string_view what, std::string_view arguments) {
  const auto scope = codec::parse_number<int>(take_word(arguments)).value_or(0);
  const io::Environment none{};
  KernelKeyring keyring(none);
  const std::string name(arguments);
  if (what == "keep-key") {
    return keyring.keep(name, Secret(kPayload), kKeyLife, static_cast<io::KeyringScope>(scope));
  }
  const auto found = keyring.find(name, static_cast<io::KeyringScope>(scope));
  keyring.drop(name, static_cast<io::KeyringScope>(scope));
  return found && found->reveal_text() == kPayload
             ? Result<>()
             : fail(Fault::other, "what one process puts there is gone for the next");
}

Result<> carry_out(std::string_view what) {
  const std::string_view first = take_word(what);
  return first == "jail" ? try_jail(what == "page-reader" ? Jail::page_reader : Jail::endpoint_worker)
                         : try_key(first, what);
}

// Reads to the end, or to the end of `into`.
std::string_view read_text(int from, std::span<char> into) {
  std::size_t used = 0;
  while (used < into.size()) {
    const ssize_t count = read(from, into.data() + used, into.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
  }
  return {into.data(), used};
}

}  // namespace

Result<> try_out(const std::string& what) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return fail(Fault::other, "cannot make a pipe: {}", std::strerror(errno));
  }
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const Descriptor program = TRY(open_own_program());
  const pid_t child = fork();
  if (child == 0) {
    if (dup2(to.get(), STDOUT_FILENO) < 0) {
      _exit(1);
    }
    close_all_but(STDERR_FILENO + 1, {program.get()});
    alarm(kPatience);
    become_role(program, Role::trial, what.c_str());
  }
  to.reset();
  std::array<char, 512> text{};
  const std::string_view said = read_text(from.get(), text);
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return {};
  }
  return fail(Fault::other, "{}", said.empty() ? std::string("this program cannot be started anew") : printable(said));
}

void run_trial(std::string_view what) {
  const auto done = carry_out(what);
  if (!done) {
    const std::string& text = done.error().text;
    (void)!write(STDOUT_FILENO, text.data(), text.size());
  }
  _exit(done ? 0 : 1);
}

}  // namespace touchsts::os
