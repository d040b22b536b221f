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

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/hex.h"
#include "os/descriptor.h"
#include "os/effective_user.h"
#include "os/file_trust.h"
#include "os/system_files.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kPortion = std::size_t{64} * 1024;  // bytes, of a file that is compared
constexpr std::uint64_t kMountRoot = 0x2000;  // STATX_ATTR_MOUNT_ROOT of linux/stat.h, which not every C library has

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

// Links are followed to their end, so that they stay: people keep such files elsewhere.
Result<std::string> target_of(const std::string& path) {
  constexpr int kMostLinks = 40;  // MAXSYMLINKS of the kernel
  std::string target = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    std::array<char, 4096> text{};
    const ssize_t size = readlink(target.c_str(), text.data(), text.size() - 1);
    if (size < 0) {
      return target;
    }
    const std::string next(text.data(), static_cast<std::size_t>(size));
    target = next.starts_with('/') ? next : formatted("{}/{}", folder_of(target), next);
  }
  return refused("its links lead nowhere");
}

Result<Where> locate(const std::string& target) {
  if (const auto distrust = distrust_folder(folder_of(target))) {
    return hinted(refused(distrust->why), distrust->remedy);
  }
  Where where{open_at(AT_FDCWD, folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), name_of(target)};
  if (!where.folder.valid()) {
    return failed("its folder cannot be opened");
  }
  return where;
}

// Against another of us; what others do is seen later. Every user who may read the file could hold it, so the wait has
// a limit. Where files cannot be locked there are no turns.
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

// Labels of security modules, and what else the owner has put there. Access control lists ("system.") are for others,
// who lose what rights they had.
void copy_attributes(int from, int to) {
  std::array<char, 4096> names{};
  const ssize_t size = flistxattr(from, names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const char* const name = names.data() + at;
    std::array<char, 4096> value{};
    const bool rights = std::string_view(name).starts_with("system.");
    const ssize_t length = rights ? -1 : fgetxattr(from, name, value.data(), value.size());
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

  enum class Placed { yes, is_mounted };  // what is mounted (in a container, say) cannot be replaced

  Result<Placed> replace() {
    const int folder = where_->folder.get();
    if (renameat(folder, name_.c_str(), folder, where_->name.c_str()) != 0) {
      return errno == EBUSY ? Result<Placed>(Placed::is_mounted) : failed("the new file cannot be put in its place");
    }
    TRY(done());
    return Placed::yes;
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

std::string backup_of(const std::string& name) { return "." + name + ".touchsts.backup"; }

std::unexpected<Error> interrupted(const std::string& backup) {
  return hinted(refused("a change of it was interrupted; its content of before is in " + backup + " beside it"),
                "compare the two, and remove the one beside it");
}

// A file that stays what it is gets new content, with the old one in a file beside it until that is done.
class InPlace {
 public:
  explicit InPlace(const Where& where) : where_(where), backup_(backup_of(where.name)) {}

  Result<> write(const Secret& before, const Secret& after) {
    const Descriptor file = open_at(where_.folder.get(), where_.name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (!file.valid()) {
      return failed("it cannot be opened for writing");
    }
    TRY(make_private(file.get()));
    TRY(keep(before));
    if (const auto written = fill(file.get(), after); !written) {
      if (!fill(file.get(), before)) {
        return hinted(std::unexpected(written.error()), "its old content is in " + backup_ + " beside it");
      }
      unlinkat(where_.folder.get(), backup_.c_str(), 0);
      return written;
    }
    unlinkat(where_.folder.get(), backup_.c_str(), 0);
    return {};
  }

 private:
  // Others must not read the new content. What an access control list gives them counts as far as the group's rights
  // go (acl(5)).
  static Result<> make_private(int file) {
    constexpr mode_t kOfOthers = 0077;
    struct stat status{};
    if (fstat(file, &status) == 0 &&
        ((status.st_mode & kOfOthers) == 0 || fchmod(file, status.st_mode & S_IRWXU) == 0)) {
      return {};
    }
    return hinted(
        fail(Fault::configuration, "others may read it, and its mode cannot be changed: {}", std::strerror(errno)),
        "make it private where it is mounted from: chmod 600");
  }

  Result<> keep(const Secret& before) {
    const Descriptor file =
        open_at(where_.folder.get(), backup_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (!file.valid() && errno == EEXIST) {
      return interrupted(backup_);
    }
    if (!file.valid()) {
      return failed("a file beside it cannot be made");
    }
    auto kept = write_all(file.get(), before);
    if (!kept) {
      unlinkat(where_.folder.get(), backup_.c_str(), 0);
    }
    return kept;
  }

  static Result<> fill(int file, const Secret& content) {
    if (lseek(file, 0, SEEK_SET) != 0) {
      return failed("it cannot be written");
    }
    TRY(write_all(file, content));
    return ftruncate(file, static_cast<off_t>(content.size())) == 0 && fsync(file) == 0
               ? Result<>()
               : failed("it cannot be written");
  }

  const Where& where_;
  std::string backup_;
};

bool is_mount_point(int folder, const std::string& name) {
  struct statx status{};
  return statx(folder, name.c_str(), AT_SYMLINK_NOFOLLOW, 0, &status) == 0 && (status.stx_attributes & kMountRoot) != 0;
}

Result<> check_kind(const struct stat& status) {
  if (!S_ISREG(status.st_mode) || status.st_uid != effective_user()) {
    return refused("it is not a regular file of yours");
  }
  return status.st_nlink > 1 ? Result<>(refused("it has another name (a hard link), which would keep the old content"))
                             : Result<>();
}

}  // namespace

Result<> SystemFiles::can_make(const std::string& path) {
  struct stat status{};
  std::string part = folder_of(path);
  while (stat(part.c_str(), &status) != 0 && errno == ENOENT && part.size() > 1) {
    if (lstat(part.c_str(), &status) == 0) {
      return fail(Fault::configuration, "{}: it is a link that leads nowhere", Untrusted{part});
    }
    part = folder_of(part);
  }
  return faccessat(AT_FDCWD, (part + "/.").c_str(), W_OK | X_OK, AT_EACCESS) == 0
             ? Result<>()
             : fail(Fault::configuration, "{} cannot be written: {}", Untrusted{part}, std::strerror(errno));
}

Result<> SystemFiles::editable(const std::string& path) {
  const std::string target = TRY(target_of(path));
  std::string folder = folder_of(target);
  struct stat status{};
  while (stat(folder.c_str(), &status) != 0 && errno == ENOENT && folder.size() > 1) {
    folder = folder_of(folder);  // it will be made
  }
  if (const auto distrust = distrust_folder(folder)) {
    return hinted(refused(distrust->why), distrust->remedy);
  }
  if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return fail(Fault::configuration, "its folder cannot be written: {}", std::strerror(errno));
  }
  if (lstat(target.c_str(), &status) != 0) {
    return {};
  }
  TRY(check_kind(status));
  if (!is_mount_point(AT_FDCWD, target)) {
    return {};
  }
  if (faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) {
    return fail(Fault::configuration, "it cannot be written: {}", std::strerror(errno));
  }
  const std::string backup = backup_of(name_of(target));
  return faccessat(AT_FDCWD, (folder + "/" + backup).c_str(), F_OK, 0) == 0 ? Result<>(interrupted(backup))
                                                                            : Result<>();
}

Result<bool> SystemFiles::replace(const std::string& path, const Secret& before, const Secret& after) {
  const std::string target = TRY(target_of(path));
  const Where where = TRY(locate(target));
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
  TRY(check_kind(status));
  auto fresh = TRY(Fresh::write(where, random_, after, &old));
  TRY(fresh.set_mode(status.st_mode & 0700));
  struct stat now{};
  if (fstatat(folder, where.name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_ino != status.st_ino ||
      now.st_dev != status.st_dev || !holds(old.get(), before)) {
    return false;
  }
  if (TRY(fresh.replace()) == Fresh::Placed::is_mounted) {
    TRY(InPlace(where).write(before, after));
  }
  return true;
}

Result<bool> SystemFiles::create(const std::string& path, const Secret& content) {
  const std::string target = TRY(target_of(path));
  TRY(make_parents(folder_of(target)));
  const Where where = TRY(locate(target));
  auto fresh = TRY(Fresh::write(where, random_, content, nullptr));
  return fresh.appear();
}

}  // namespace touchsts::os
