// An owned file descriptor, and how to get one for a path.
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace touchsts::os {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  void reset() {
    if (number_ >= 0) {
      close(std::exchange(number_, -1));
    }
  }

 private:
  int number_ = -1;
};

// open_at is openat(2), called again when a signal interrupts it, as happens on network file systems. When it fails the
// descriptor is not valid and errno says why.
inline Descriptor open_at(int folder, const char* path, int flags, mode_t mode = 0) {
  int number = -1;
  do {
    number = openat(folder, path, flags, mode);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

}  // namespace touchsts::os
