#include "os/file_lock.h"

#include <cerrno>
#include <cstring>
#include <sys/file.h>
#include <unistd.h>

namespace touchsts::os {

Result<bool> FileLock::try_take() {
  while (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      return fail(Fault::other, "a file cannot be locked: {}", std::strerror(errno));
    }
  }
  return true;
}

void FileLock::let_go() { flock(file_.get(), LOCK_UN); }

std::vector<std::byte> FileLock::note(std::size_t most) {
  std::vector<std::byte> bytes(most);
  ssize_t count = -1;
  do {
    count = pread(file_.get(), bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

Result<> FileLock::leave_note(std::span<const std::byte> bytes) {
  ssize_t count = -1;
  do {
    count = pwrite(file_.get(), bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(bytes.size())) {
    return fail(Fault::other, "a lock file cannot be written: {}", count < 0 ? std::strerror(errno) : "it is full");
  }
  return {};
}

}  // namespace touchsts::os
