#include "os/system_clock.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sys/random.h>
#include <time.h>

#include "os/descriptor.h"

namespace touchsts::os {

Time SystemClock::now() { return std::chrono::floor<Seconds>(std::chrono::system_clock::now()); }

Deadline SystemClock::steady() { return std::chrono::steady_clock::now(); }

Seconds SystemClock::since_boot() {
  timespec time{};
  (void)clock_gettime(CLOCK_BOOTTIME, &time);  // fails on no Linux that we run on
  return Seconds(time.tv_sec);
}

std::string SystemClock::boot_id() {
  const Descriptor file = open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  std::array<char, 36> text{};
  if (!file.valid() || read(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return {};
  }
  return std::string(text.data(), text.size());
}

void SystemClock::sleep_until(Deadline time) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  const timespec until{.tv_sec = since / 1'000'000'000, .tv_nsec = since % 1'000'000'000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = getrandom(bytes.data(), bytes.size(), 0);
    if (count < 0 && errno != EINTR) {
      std::abort();  // a kernel without getrandom(2) is older than Linux 3.17
    }
    bytes = bytes.subspan(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

}  // namespace touchsts::os
