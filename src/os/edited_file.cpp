// Making and replacing a file that people and other programs edit (~/.aws/credentials).
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

#include "base/untrusted.h"
#include "codec/hex.h"
#include "os/descriptor.h"
#include "os/effective_user.h"
#include "os/system_files.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kPortion = std::size_t{64} * 1024;  // bytes, of a file that is compared

std::unexpected<Error> refused(std::string_view why) { return fail(Fault::configuration, "{}", why); }
std::unexpected<Error> failed(std::string_view doing) {
  return fail(Fault::other, "{}: {}", doing, std::strerror(errno));
}

struct Where {
  Descriptor folder;
  std::string name;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A link is followed once, so that it stays: people keep such files elsewhere.
Result<std::string> target_of(const std::string& path) {
  std::array<char, 4096> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size() - 1);
  if (size < 0) {
    return path;
  }
  const std::string target(text.data(), static_cast<std::size_t>(size));
  return target.starts_with('/') ? target : folder_of(path) + "/" + target;
}

Result<Where> locate(SystemFiles& files, const std::string& target) {
  if (!files.parent_is_safe(target)) {
    return refused("its folder can be written by others");
  }
  Where where{open_at(AT_FDCWD, folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), name_of(target)};
  if (!where.folder.valid()) {
    return failed("its folder cannot be opened");
  }
  return where;
}

// Against another of us; what others do is seen later. Anybody who may read the file could hold it, so there is an end.
// Where files cannot be locked there are no turns.
Result<> take_turn(int file) {
  for (int tried = 0; flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++tried) {
    if (tried == 40) {
      return hinted(refused("another program holds it"), "try again");
    }
    poll(nullptr, 0, 50);
  }
  return {};
}

bool holds(int file, const Secret& content) {
  Secret found = Secret::blank(std::min(content.size() + 1, kPortion));
  for (auto rest = content.reveal();;) {
    const ssize_t count =
        pread(file, found.reveal_writable().data(), found.size(), static_cast<off_t>(content.size() - rest.size()));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    const auto got = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    if (got == 0 || got > rest.size() || std::memcmp(found.reveal().data(), rest.data(), got) != 0) {
      return count == 0 && rest.empty();
    }
    rest = rest.subspan(got);
  }
}

// Labels of security modules, and what else the owner has put there.
void copy_attributes(int from, int to) {
  std::array<char, 4096> names{};
  const ssize_t size = flistxattr(from, names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const char* const name = names.data() + at;
    std::array<char, 4096> value{};
    const ssize_t length = fgetxattr(from, name, value.data(), value.size());
    if (length >= 0) {
      (void)fsetxattr(to, name, value.data(), static_cast<std::size_t>(length), 0);
    }
    at += static_cast<ssize_t>(std::strlen(name)) + 1;
  }
}

Result<> write_all(int file, const Secret& content) {
  for (auto rest = content.reveal(); !rest.empty();) {
    const ssize_t count = ::write(file, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failed("it cannot be written");
    }
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  return fsync(file) == 0 ? Result<>() : failed("it cannot be written");
}

// A new file beside the one that it is to become; gone again unless it was put in its place.
class Fresh {
 public:
  static Result<Fresh> write(const Where& where, io::Random& random, const Secret& content, const Descriptor* old) {
    std::array<std::byte, 8> unique{};
    random.fill(unique);
    Fresh fresh(where, "." + where.name + ".touchsts." + codec::hex(unique));
    if (!fresh.file_.valid()) {
      return failed("a file beside it cannot be made");
    }
    if (old != nullptr) {
      copy_attributes(old->get(), fresh.file_.get());
    }
    TRY(write_all(fresh.file_.get(), content));
    return fresh;
  }
  Fresh(Fresh&&) = default;
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  Fresh& operator=(Fresh&&) = delete;
  ~Fresh() {
    if (file_.valid() && !placed_) {
      unlinkat(where_->folder.get(), name_.c_str(), 0);
    }
  }

  Result<> set_mode(mode_t mode) {
    return fchmod(file_.get(), mode) == 0 ? Result<>() : failed("its mode cannot be set");
  }

  Result<> replace() {
    const int folder = where_->folder.get();
    if (renameat(folder, name_.c_str(), folder, where_->name.c_str()) != 0) {
      return failed("the new file cannot be put in its place");
    }
    return done();
  }

  // False when there is such a file by now.
  Result<bool> appear() {
    if (!rename_to_nothing()) {
      return errno == EEXIST ? Result<bool>(false) : failed("the new file cannot be put in its place");
    }
    TRY(done());
    return true;
  }

 private:
  Fresh(const Where& where, std::string name)
      : where_(&where),
        name_(std::move(name)),
        file_(open_at(where.folder.get(), name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {}

  // Neither every file system nor every kernel can do it at once; then it has both names for a moment, and it is our
  // turn until it has one.
  bool rename_to_nothing() {
    constexpr unsigned kNoReplace = 1;  // RENAME_NOREPLACE
    const int folder = where_->folder.get();
    if (syscall(SYS_renameat2, folder, name_.c_str(), folder, where_->name.c_str(), kNoReplace) == 0) {
      return true;
    }
    if (errno != EINVAL && errno != ENOSYS) {
      return false;
    }
    flock(file_.get(), LOCK_EX | LOCK_NB);
    return linkat(folder, name_.c_str(), folder, where_->name.c_str(), 0) == 0 &&
           unlinkat(folder, name_.c_str(), 0) == 0;
  }

  Result<> done() {
    placed_ = true;
    fsync(where_->folder.get());
    return {};
  }

  const Where* where_;
  std::string name_;
  Descriptor file_;
  bool placed_ = false;
};

}  // namespace

Result<bool> SystemFiles::replace(const std::string& path, const Secret& before, const Secret& after) {
  const std::string target = TRY(target_of(path));
  const Where where = TRY(locate(*this, target));
  const int folder = where.folder.get();
  const Descriptor old = open_at(folder, where.name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (!old.valid()) {
    return errno == ENOENT ? Result<bool>(false) : failed("it cannot be opened");
  }
  struct stat status{};
  if (fstat(old.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != effective_user()) {
    return refused("it is not a regular file of yours");
  }
  TRY(take_turn(old.get()));
  // None is left when it was replaced since it was opened.
  if (fstat(old.get(), &status) != 0 || status.st_nlink == 0) {
    return false;
  }
  if (status.st_nlink > 1) {
    return refused("it has another name (a hard link), which would keep the old content");
  }
  auto fresh = TRY(Fresh::write(where, random_, after, &old));
  TRY(fresh.set_mode(status.st_mode & 0700));
  struct stat now{};
  if (fstatat(folder, where.name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_ino != status.st_ino ||
      now.st_dev != status.st_dev || !holds(old.get(), before)) {
    return false;
  }
  TRY(fresh.replace());
  return true;
}

Result<bool> SystemFiles::create(const std::string& path, const Secret& content) {
  const std::string target = TRY(target_of(path));
  TRY(make_parents(folder_of(target)));
  const Where where = TRY(locate(*this, target));
  auto fresh = TRY(Fresh::write(where, random_, content, nullptr));
  return fresh.appear();
}

}  // namespace touchsts::os
