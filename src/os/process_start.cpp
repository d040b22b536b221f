#include "os/process_start.h"

#include <cstdint>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string_view>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/effective_user.h"

namespace touchsts::os {
namespace {

[[noreturn]] void refuse(std::string_view why) {
  (void)!write(STDERR_FILENO, why.data(), why.size());
  _exit(70);
}

// A closed standard descriptor would be given to the next file we open. True when stdout was closed.
bool open_standard_descriptors() {
  pollfd standard[3] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  if (poll(standard, 3, 0) == 0) {
    return false;
  }
  const bool output_closed = (standard[STDOUT_FILENO].revents & POLLNVAL) != 0;
  for (int number = 0; number <= 2; ++number) {
    if (fcntl(number, F_GETFD) < 0 && openat(AT_FDCWD, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY) != number) {
      // Without /dev there may be nothing to open; a pipe without a reader then takes the number.
      int pipe[2] = {-1, -1};
      if (::pipe(pipe) != 0 || (pipe[0] != number && pipe[1] != number)) {
        refuse("touchsts: a standard descriptor is closed and cannot be opened\n");
      }
    }
  }
  return output_closed;
}

// What the linker meant to be read-only once it is relocated (PT_GNU_RELRO): musl leaves that to a loader, and a static
// program has none.
void protect_relocated() {
#if !__has_feature(address_sanitizer)
  const auto* const headers = reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR));
  const std::size_t count = getauxval(AT_PHNUM);
  const std::size_t page = getauxval(AT_PAGESZ);
  if (headers == nullptr || page == 0) {
    return;
  }
  std::uintptr_t base = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_PHDR) {
      base = reinterpret_cast<std::uintptr_t>(headers) - headers[i].p_vaddr;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_GNU_RELRO) {
      const std::uintptr_t begin = (base + headers[i].p_vaddr) & ~(page - 1);
      const std::uintptr_t end = (base + headers[i].p_vaddr + headers[i].p_memsz) & ~(page - 1);
      mprotect(reinterpret_cast<void*>(begin), end - begin, PROT_READ);
    }
  }
#endif
}

}  // namespace

StartState harden() {
  if (getauxval(AT_SECURE) != 0) {
    refuse("touchsts: refuses to run setuid or setgid\n");
  }
  StartState state;
  state.output_closed = open_standard_descriptors();
  state.environment = environ;
  state.umask = umask(077);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // neither core files nor debuggers; a program that we start has them again
  protect_relocated();
  state.ignored_pipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
  return state;
}

void restore(const StartState& state) {
  umask(state.umask);
  if (!state.ignored_pipe) {
    (void)signal(SIGPIPE, SIG_DFL);
  }
}

io::SystemFacts read_facts(const io::Environment& environment) {
  io::SystemFacts facts;
  facts.passphrase = environment.take("TOUCHSTS_PASSPHRASE");
  facts.home = environment.get("HOME");
  facts.user_id = effective_user();
  facts.user = environment.get("USER").empty() ? environment.get("LOGNAME") : environment.get("USER");
  if (!facts.home.starts_with('/')) {
    const passwd* const entry = getpwuid(effective_user());
    facts.home = entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir : "";
    if (facts.user.empty() && entry != nullptr) {
      facts.user = entry->pw_name;
    }
  }
  struct stat status{};
  facts.home_is_ours =
      !facts.home.empty() && stat(facts.home.c_str(), &status) == 0 && status.st_uid == effective_user();
  return facts;
}

}  // namespace touchsts::os
