#include "os/file_trust.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/number.h"
#include "codec/user_database.h"
#include "os/descriptor.h"
#include "os/effective_user.h"

namespace touchsts::os {
namespace {

constexpr int kMostLinks = 40;                             // MAXSYMLINKS of the kernel
constexpr std::size_t kMostUsers = std::size_t{1} << 20U;  // bytes of /etc/passwd and /etc/group
constexpr std::string_view kProcesses = "/proc/";

std::vector<std::string_view> fields_of(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const auto end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) {
      return fields;
    }
    line.remove_prefix(end + 1);
  }
}

std::string whole_file(const char* path) {
  const Descriptor file = open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  std::string text(kMostUsers + 1, '\0');
  std::size_t used = 0;
  while (file.valid() && used < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
  }
  text.resize(used > kMostUsers ? 0 : used);
  return text;
}

// An access control list gives rights that the mode does not show.
bool has_access_list(const std::string& path) {
  return getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

bool group_is_ours(const struct stat& status, const std::string& path) {
  return !has_access_list(path) &&
         codec::is_private_group(status.st_gid, effective_user(), whole_file("/etc/passwd"), whole_file("/etc/group"));
}

enum class What { file, folder, link };

// In a user namespace, files of users that are not mapped into it belong to the overflow user: root's, as a rule.
bool is_unmapped(unsigned user) {
  if (codec::parse_number<unsigned>(codec::trimmed_lines(whole_file("/proc/sys/kernel/overflowuid"))) != user) {
    return false;
  }
  const std::string map = whole_file("/proc/self/uid_map");
  for (std::string_view line : fields_of(map, '\n')) {
    std::array<std::uint64_t, 3> range{};  // first inside, first outside, how many
    for (std::uint64_t& number : range) {
      line = codec::trimmed(line);
      const auto end = std::min(line.find_first_of(" \t"), line.size());
      number = codec::parse_number<std::uint64_t>(line.substr(0, end)).value_or(0);
      line.remove_prefix(end);
    }
    if (user >= range[0] && user < range[0] + range[2]) {
      return false;
    }
  }
  return !map.empty();
}

std::string name_of(const std::string& path, What what, const std::string& wanted) {
  switch (what) {
    case What::folder:
      return formatted("its folder {}", Untrusted{path});
    case What::link:
      return formatted("the link {}", Untrusted{path});
    case What::file:
      break;
  }
  return path == wanted ? "it" : formatted("{}, where it is kept,", Untrusted{path});
}

std::optional<io::Distrust> distrust(const std::string& path,
                                     const struct stat& status,
                                     What what,
                                     const std::string& wanted) {
  const auto found = [&](std::string_view why, std::string remedy) {
    return io::Distrust{formatted("{} {}", name_of(path, what, wanted), why), std::move(remedy)};
  };
  const unsigned owner = status.st_uid;
  if (owner != effective_user() && owner != 0 && !(what == What::folder && is_unmapped(owner))) {
    return found("belongs to another user", formatted("chown {} {}", effective_user(), Untrusted{path}));
  }
  if (what == What::link || (what == What::folder && (status.st_mode & S_ISVTX) != 0)) {
    return std::nullopt;
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return found("can be written by others", formatted("chmod o-w {}", Untrusted{path}));
  }
  if ((status.st_mode & S_IWGRP) != 0 && !group_is_ours(status, path)) {
    return found("can be written by its group", formatted("chmod g-w {}", Untrusted{path}));
  }
  return std::nullopt;
}

// The functions with large buffers are not inlined: otherwise each run would use one more page of stack.
[[gnu::noinline]] std::string current_folder() {
  std::array<char, 4096> here{};
  return getcwd(here.data(), here.size()) != nullptr ? std::string(here.data()) : std::string();
}

std::string absolute(const std::string& path) {
  return path.starts_with('/') ? path : formatted("{}/{}", current_folder(), path);
}

[[gnu::noinline]] std::string link_target(const std::string& path) {
  std::array<char, 4096> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
}

// What is still to be walked, nearest last.
void push_parts(std::vector<std::string>& rest, std::string_view path) {
  const auto parts = fields_of(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") {
      rest.emplace_back(*part);
    }
  }
}

std::optional<io::Distrust> walk(const std::string& wanted, What last) {
  std::vector<std::string> rest;
  push_parts(rest, absolute(wanted));
  std::string path;
  int links = 0;
  struct stat status{};
  const auto folder = [&]() -> std::optional<io::Distrust> {
    const std::string name = path.empty() ? "/" : path;
    struct stat found{};
    return lstat(name.c_str(), &found) == 0 ? distrust(name, found, What::folder, wanted) : std::nullopt;
  };
  while (!rest.empty()) {
    const std::string part = std::move(rest.back());
    rest.pop_back();
    if (part == "..") {
      path.resize(path.empty() ? 0 : path.rfind('/'));
      if (rest.empty()) {
        return folder();
      }
      continue;
    }
    const std::string next = formatted("{}/{}", path, part);
    if (lstat(next.c_str(), &status) != 0) {
      return std::nullopt;
    }
    const bool link = S_ISLNK(status.st_mode);
    // Such a link leads to an open descriptor of a process, which needs no name: our caller has passed it to us.
    if (link && next.starts_with(kProcesses) && stat(wanted.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
      return distrust(wanted, status, last, wanted);
    }
    if (!link && !rest.empty()) {
      path = next;
      continue;
    }
    if (auto found = distrust(next, status, link ? What::link : last, wanted)) {
      return found;
    }
    if (link || last == What::file) {
      if (auto found = folder()) {
        return found;
      }
    }
    if (!link) {
      return std::nullopt;
    }
    const std::string target = link_target(next);
    if (++links > kMostLinks || target.empty()) {
      return std::nullopt;
    }
    push_parts(rest, target);
    if (target.starts_with('/')) {
      path.clear();
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<io::Distrust> distrust_file(const std::string& path) { return walk(path, What::file); }

std::optional<io::Distrust> distrust_direct(const std::string& path, const struct stat& status) {
  if (auto found = distrust(path, status, What::file, path)) {
    return found;
  }
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  struct stat its{};
  return stat(folder.c_str(), &its) == 0 ? distrust(folder, its, What::folder, path) : std::nullopt;
}

std::optional<io::Distrust> distrust_folder(const std::string& path) { return walk(path, What::folder); }

}  // namespace touchsts::os
