#include "os/own_program.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "base/untrusted.h"

namespace touchsts::os {
namespace {

constexpr const char* kPageReader = "touchsts-page-reader";
constexpr const char* kEndpointWorker = "touchsts-endpoint-worker";
constexpr const char* kTrial = "touchsts-trial";

}  // namespace

Role role_of(const char* name) {
  const std::string_view text = name == nullptr ? std::string_view() : std::string_view(name);
  return text == kPageReader       ? Role::page_reader
         : text == kEndpointWorker ? Role::endpoint_worker
         : text == kTrial          ? Role::trial
                                   : Role::command;
}

Result<Descriptor> open_own_program() {
  constexpr int kFlags = O_PATH | O_CLOEXEC;
  Descriptor program = open_at(AT_FDCWD, "/proc/self/exe", kFlags);
  if (program.valid()) {
    return program;
  }
  const auto* const name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));  // NOLINT(performance-no-int-to-ptr)
  program = name != nullptr ? open_at(AT_FDCWD, name, kFlags) : Descriptor();
  if (program.valid()) {
    return program;
  }
  return hinted(fail(Fault::internal,
                     "this program cannot be started anew: {}: {}",
                     Untrusted{name != nullptr ? name : "its file"},
                     std::strerror(errno)),
                "mount /proc, or start it by its full path");
}

void become_role(const Descriptor& program, Role role, const char* argument) {
  const char* const name = role == Role::page_reader ? kPageReader : role == Role::trial ? kTrial : kEndpointWorker;
  std::array<const char*, 3> arguments = {name, argument, nullptr};
  std::array<const char*, 1> environment = {nullptr};
  syscall(SYS_execveat, program.get(), "", arguments.data(), environment.data(), AT_EMPTY_PATH);
  _exit(70);
}

}  // namespace touchsts::os
