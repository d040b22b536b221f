#include "os/system_files.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/untrusted.h"
#include "os/descriptor.h"
#include "os/effective_user.h"
#include "os/private_folder.h"

namespace touchsts::os {
namespace {

// Whether the size that stat tells can be relied upon: not for pipes, nor for /proc, where it is zero.
enum class Whole { known, guessed };

Result<Secret> read_all(int descriptor, std::size_t guess, std::size_t most, Whole whole) {
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
    const ssize_t count = ::read(descriptor, buffer.reveal_writable().data() + used, buffer.size() - used);
    if (count < 0 && errno == EINTR) {
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

}  // namespace

Result<std::optional<io::FileContent>> SystemFiles::read(const std::string& path, std::size_t most) {
  // O_NONBLOCK: a fifo in the place of a file must not stop us.
  const Descriptor file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (!file.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    return fail(Fault::configuration, "cannot be opened: {}", std::strerror(errno));
  }
  struct stat status{};
  if (fstat(file.get(), &status) != 0 || S_ISDIR(status.st_mode)) {
    return fail(Fault::configuration, "is not a file");
  }
  io::FileContent content;
  content.mode = status.st_mode & 07777;
  content.owned = status.st_uid == effective_user();
  content.regular = S_ISREG(status.st_mode);
  const auto size = static_cast<std::size_t>(status.st_size);
  content.bytes = TRY(read_all(file.get(), size, most, content.regular && size != 0 ? Whole::known : Whole::guessed));
  return content;
}

Result<Secret> SystemFiles::read_descriptor(int descriptor, std::size_t most) {
  return read_all(descriptor, 63, most, Whole::guessed);
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

bool SystemFiles::parent_is_safe(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0) {
    return false;
  }
  const bool sticky = (status.st_mode & S_ISVTX) != 0;
  return (status.st_uid == effective_user() || status.st_uid == 0) && ((status.st_mode & 022) == 0 || sticky);
}

}  // namespace touchsts::os
