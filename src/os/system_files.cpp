#include "os/system_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

#include "base/time.h"
#include "base/untrusted.h"
#include "os/descriptor.h"
#include "os/file_trust.h"
#include "os/private_folder.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;

constexpr int kReading =
    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;  // a fifo in the place of a file must not stop us
constexpr auto kPipePatience = 4s;  // with what a command writes (AWS_CONFIG_FILE=<(command)), without --timeout

// Whether the size that stat tells can be relied upon: not for pipes, nor for /proc, where it is zero.
enum class Whole { known, guessed };

// False when until `deadline` nothing came, and the pipe was not closed.
bool wait_readable(int descriptor, std::optional<Deadline> deadline) {
  pollfd ready{descriptor, POLLIN, 0};
  while (true) {
    std::int64_t left = -1;  // without end
    if (deadline) {
      const auto rest = *deadline - std::chrono::steady_clock::now();
      left = std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(rest).count(), 0);
    }
    const int count = poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
    if (count != 0 && !(count < 0 && errno == EINTR)) {
      return count > 0;
    }
    if (count == 0) {
      return false;
    }
  }
}

// open_direct opens `path` if there is no symbolic link on the way (openat2(2), Linux 5.6). Not valid when there is
// one, and where the kernel or a filter of it does not have the call; errno is ENOENT or ENOTDIR only when there is no
// file.
Descriptor open_direct(const std::string& path) {
  open_how how{};
  how.flags = kReading;
  how.resolve = RESOLVE_NO_SYMLINKS;
  long number = -1;
  do {
    number = syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
  } while (number < 0 && errno == EINTR);
  return Descriptor(static_cast<int>(number));
}

Result<Secret> read_all(
    int descriptor, std::size_t guess, std::size_t most, Whole whole, std::optional<Deadline> deadline) {
  Secret buffer = Secret::blank(std::min(guess, most) + 1);
  std::size_t used = 0;
  while (true) {
    if (used > most) {
      return fail(Fault::configuration, "the file is larger than {} KiB", most / 1024);
    }
    if (used == buffer.size()) {
      Secret larger = Secret::blank(buffer.size() * 2);
      std::memcpy(larger.reveal_writable().data(), buffer.reveal().data(), used);
      buffer = std::move(larger);
    }
    // A pipe that has not been opened for writing yet would read as empty.
    if (whole == Whole::guessed && !wait_readable(descriptor, deadline)) {
      return hinted(fail(Fault::configuration, "nothing came through the pipe in time"), "is its command running?");
    }
    const ssize_t count = ::read(descriptor, buffer.reveal_writable().data() + used, buffer.size() - used);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (count < 0) {
      return fail(Fault::configuration, "cannot be read: {}", std::strerror(errno));
    }
    used += static_cast<std::size_t>(count);
    if (count == 0 || (used == guess && whole == Whole::known)) {
      buffer.shrink(used);
      return buffer;
    }
  }
}

// What a file is that is not regular; "" for one that is.
std::string_view kind_of(const struct stat& status) {
  return S_ISREG(status.st_mode)    ? ""
         : S_ISDIR(status.st_mode)  ? "a directory"
         : S_ISFIFO(status.st_mode) ? "a pipe"
         : S_ISSOCK(status.st_mode) ? "a socket"
                                    : "a device";
}

bool is_null_device(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3); }

}  // namespace

Result<std::optional<io::FileContent>> SystemFiles::read(const std::string& path, std::size_t most) {
  return read_of(path, most, Pipes::waited_for);
}

Result<std::optional<io::FileContent>> SystemFiles::read_regular(const std::string& path, std::size_t most) {
  return read_of(path, most, Pipes::refused);
}

Result<std::optional<io::FileContent>> SystemFiles::read_of(const std::string& path, std::size_t most, Pipes pipes) {
  Descriptor file = open_direct(path);
  const bool direct = file.valid();
  if (!direct && errno != ENOENT && errno != ENOTDIR) {
    file = open_at(AT_FDCWD, path.c_str(), kReading);
  }
  if (!file.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    return errno == ENXIO ? fail(Fault::configuration, "it is a socket or a device, not a regular file")
                          : fail(Fault::configuration, "cannot be opened: {}", std::strerror(errno));
  }
  struct stat status{};
  if (fstat(file.get(), &status) != 0) {
    return fail(Fault::configuration, "cannot be read: {}", std::strerror(errno));
  }
  io::FileContent content;
  content.mode = status.st_mode & 07777;
  content.regular = S_ISREG(status.st_mode);
  const bool waited_for = pipes == Pipes::waited_for && (S_ISFIFO(status.st_mode) || is_null_device(status));
  if (!content.regular && !waited_for) {
    return fail(Fault::configuration, "it is {}, not a regular file", kind_of(status));
  }
  last_read_ = direct ? std::optional(Direct{path, status}) : std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  const Whole whole = content.regular && size != 0 ? Whole::known : Whole::guessed;
  const Deadline deadline = deadline_.value_or(std::chrono::steady_clock::now() + kPipePatience);
  content.bytes = TRY(read_all(file.get(), size, most, whole, deadline));
  return content;
}

Result<Secret> SystemFiles::read_descriptor(int descriptor, std::size_t most) {
  return read_all(descriptor, 63, most, Whole::guessed, deadline_);
}

Result<bool> SystemFiles::link(const std::string& path, const std::string& target) {
  if (symlink(target.c_str(), path.c_str()) == 0) {
    return true;
  }
  const int problem = errno;
  std::array<char, 4096> text{};
  const ssize_t size = problem == EEXIST ? readlink(path.c_str(), text.data(), text.size()) : -1;
  if (size >= 0 && std::string_view(text.data(), static_cast<std::size_t>(size)) == target) {
    return false;
  }
  return problem == EEXIST ? fail(Fault::configuration, "is something else, and stays")
                           : fail(Fault::other, "cannot be made: {}", std::strerror(problem));
}

Result<> make_parents(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      const int problem = errno;
      struct stat status{};
      if (stat(part.c_str(), &status) != 0) {
        return fail(Fault::other, "{} cannot be made: {}", Untrusted{part}, std::strerror(problem));
      }
    }
    if (slash == std::string::npos) {
      return {};
    }
  }
}

Result<std::unique_ptr<io::PrivateFolder>> SystemFiles::private_folder(const std::string& parent,
                                                                       const std::string& name,
                                                                       Create create) {
  return open_private_folder(parent, name, create, random_);
}

std::optional<io::Distrust> SystemFiles::distrust(const std::string& path) {
  // What has just been read is judged as it was read.
  return last_read_ && last_read_->path == path ? distrust_direct(path, last_read_->status) : distrust_file(path);
}

std::string SystemFiles::full_path(const std::string& path) {
  std::array<char, 4096> folder{};
  if (path.starts_with('/') || getcwd(folder.data(), folder.size()) == nullptr) {
    return path;
  }
  const std::string_view current(folder.data());
  return std::string(current == "/" ? "" : current) + "/" + path.substr(path.starts_with("./") ? 2 : 0);
}

bool SystemFiles::in_memory(const std::string& path) {
  std::string there = path;
  struct statfs status{};
  while (statfs(there.c_str(), &status) != 0) {
    const auto slash = there.rfind('/');
    if (slash == std::string::npos || there.size() == 1) {
      return false;
    }
    there.resize(std::max<std::size_t>(slash, 1));
  }
  const auto kind = static_cast<unsigned long>(status.f_type);
  return kind == TMPFS_MAGIC || kind == RAMFS_MAGIC;
}

}  // namespace touchsts::os
