#include "os/private_folder.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utility>

#include "base/untrusted.h"
#include "codec/hex.h"
#include "os/descriptor.h"
#include "os/effective_user.h"
#include "os/file_lock.h"
#include "os/removed_at_end.h"
#include "os/system_files.h"

namespace touchsts::os {
namespace {

constexpr std::string_view kTemporary = ".t.";
constexpr time_t kTemporaryLife = 3600;  // seconds until a left-over temporary file is taken for abandoned

bool is_private_file(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_uid == effective_user() && (status.st_mode & 077) == 0;
}

std::unexpected<Error> failed(std::string_view doing, int problem) {
  return fail(Fault::other, "{}: {}", doing, std::strerror(problem));
}

Result<std::unique_ptr<io::PrivateFolder>> open_below(
    int above, const std::string& name, const std::string& path, io::Files::Create create, io::Random& random);

class SystemFolder : public io::PrivateFolder {
 public:
  SystemFolder(Descriptor folder, std::string path, io::Random& random)
      : folder_(std::move(folder)), path_(std::move(path)), random_(random) {}

  std::optional<std::vector<std::byte>> read(const std::string& name, std::size_t most) override {
    return load(name, most).value_or(std::nullopt);
  }

  Result<std::optional<std::vector<std::byte>>> load(const std::string& name, std::size_t most) override {
    const Descriptor file = open_at(folder_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status{};
    if (!file.valid() && errno == ENOENT) {
      return std::nullopt;
    }
    if (!file.valid() || fstat(file.get(), &status) != 0) {
      return failed("cannot be opened", errno);
    }
    if (!is_private_file(status) || std::cmp_greater(status.st_size, most)) {
      return fail(Fault::other, "is not a file of yours alone, or too large");
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
    std::size_t used = 0;
    while (used < bytes.size()) {
      const ssize_t count = ::read(file.get(), bytes.data() + used, bytes.size() - used);
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return failed("cannot be read", errno);
      }
      if (count == 0) {
        return fail(Fault::other, "was cut while it was read");
      }
      used += static_cast<std::size_t>(count);
    }
    return bytes;
  }

  Result<> write(const std::string& name, std::span<const std::byte> bytes) override {
    std::array<std::byte, 8> unique{};
    random_.fill(unique);
    const std::string temporary = std::string(kTemporary) + std::to_string(getpid()) + "." + codec::hex(unique);
    auto written = write_new(temporary, bytes);
    if (written && renameat(folder_.get(), temporary.c_str(), folder_.get(), name.c_str()) != 0) {
      written = failed("a file cannot be put in place", errno);
    }
    if (!written) {
      unlinkat(folder_.get(), temporary.c_str(), 0);
      return written;
    }
    fsync(folder_.get());  // the rename survives a power cut; where the file system cannot do it, a miss follows
    return {};
  }

  Result<> write_for_now(const std::string& name, std::span<const std::byte> bytes) override {
    const EndingSignalsHeld held;  // so that none comes while there is a file that is not known yet
    TRY(write(name, bytes));
    removed_.reset();  // the file of before is gone already
    removed_.emplace(folder_.get(), name);
    return {};
  }

  Result<> remove(const std::string& name) override {
    if (unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return failed("a file cannot be removed", errno);
    }
    return {};
  }

  Result<std::vector<std::string>> list() override {
    DIR* const listing = fdopendir(open_at(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC).release());
    if (listing == nullptr) {
      return failed("the folder cannot be listed", errno);
    }
    std::vector<std::string> names;
    while (const dirent* const entry = readdir(listing)) {
      const std::string name = entry->d_name;
      if (name.starts_with(kTemporary)) {
        remove_abandoned(name);
      } else if (!name.starts_with('.')) {
        names.push_back(name);
      }
    }
    closedir(listing);
    return names;
  }

  Result<std::unique_ptr<io::PrivateFolder>> folder(const std::string& name) override {
    return open_below(folder_.get(), name, path_ + "/" + name, io::Files::Create::yes, random_);
  }

  Result<std::unique_ptr<io::Lock>> lock(const std::string& name) override {
    Descriptor file =
        open_at(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat status{};
    if (!file.valid() || fstat(file.get(), &status) != 0) {
      return failed("a lock file cannot be opened", errno);
    }
    if (!is_private_file(status)) {
      return fail(Fault::configuration, "a lock file is not yours alone, so it is not used");
    }
    return std::make_unique<FileLock>(std::move(file));
  }

 private:
  Result<> write_new(const std::string& name, std::span<const std::byte> bytes) {
    const Descriptor file =
        open_at(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (!file.valid()) {
      return failed("a file cannot be made", errno);
    }
    while (!bytes.empty()) {
      const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return failed("a file cannot be written", errno);
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    if (fsync(file.get()) != 0) {
      return failed("a file cannot be written", errno);
    }
    return {};
  }

  // What a killed process left behind.
  void remove_abandoned(const std::string& name) {
    struct stat status{};
    if (fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && is_private_file(status) &&
        status.st_mtime + kTemporaryLife < time(nullptr)) {
      unlinkat(folder_.get(), name.c_str(), 0);
    }
  }

  Descriptor folder_;
  std::string path_;  // for messages
  io::Random& random_;
  std::optional<RemovedAtEnd> removed_;
};

Result<std::unique_ptr<io::PrivateFolder>> open_below(
    int above, const std::string& name, const std::string& path, io::Files::Create create, io::Random& random) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
  Descriptor folder = open_at(above, name.c_str(), kFlags);
  if (!folder.valid() && errno == ENOENT) {
    if (create == io::Files::Create::no) {
      return nullptr;
    }
    if (mkdirat(above, name.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(Fault::other, "{} cannot be made: {}", Untrusted{path}, std::strerror(errno));
    }
    folder = open_at(above, name.c_str(), kFlags);
  }
  if (!folder.valid()) {
    return fail(Fault::other, "{} cannot be opened: {}", Untrusted{path}, std::strerror(errno));
  }
  struct stat status{};
  if (fstat(folder.get(), &status) != 0 || status.st_uid != effective_user() || (status.st_mode & 077) != 0) {
    return hinted(fail(Fault::configuration, "{} is not yours alone, so it is not used", Untrusted{path}),
                  "its owner must be you and its mode 0700");
  }
  return std::make_unique<SystemFolder>(std::move(folder), path, random);
}

}  // namespace

Result<std::unique_ptr<io::PrivateFolder>> open_private_folder(const std::string& parent,
                                                               const std::string& name,
                                                               io::Files::Create create,
                                                               io::Random& random) {
  const std::string path = parent + (parent.ends_with('/') ? "" : "/") + name;
  auto folder = open_below(AT_FDCWD, path, path, io::Files::Create::no, random);
  if (create == io::Files::Create::no || !folder || *folder != nullptr) {
    return folder;
  }
  TRY(make_parents(parent));
  return open_below(AT_FDCWD, path, path, create, random);
}

}  // namespace touchsts::os
