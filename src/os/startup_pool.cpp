// Memory for the first few hundred small objects of the process, without a system call for each handful of them.
//
// An answer from the cache lives for a millisecond; musl's allocator would map and unmap some thirty pages for it. The
// first 64 KiB that operator new hands out come from here and are never used again; everything after that is malloc's.
// Secrets are not in it (base/arena.h). Sanitizer builds keep their own allocator.
#include "os/startup_pool.h"

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>
#include <unistd.h>

#if !__has_feature(address_sanitizer)

namespace {

constexpr std::size_t kAlignment = alignof(std::max_align_t);
constexpr std::size_t kPoolSize = std::size_t{64} * 1024;

alignas(kAlignment) constinit std::byte pool[kPoolSize];
constinit std::size_t used = 0;

bool in_pool(const void* bytes) {
  const auto* const at = static_cast<const std::byte*>(bytes);
  return at >= pool && at < pool + kPoolSize;
}

[[noreturn]] void out_of_memory() {
  constexpr std::string_view kText = "touchsts: out of memory\n";
  (void)!write(STDERR_FILENO, kText.data(), kText.size());
  _exit(70);
}

void* take(std::size_t size) {
  const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded >= size && rounded <= kPoolSize - used) {
    void* const taken = pool + used;
    used += rounded;
    return taken;
  }
  void* const taken = std::malloc(size);
  if (taken == nullptr) {
    out_of_memory();
  }
  return taken;
}

void give_back(void* bytes) {
  if (!in_pool(bytes)) {
    std::free(bytes);
  }
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void operator delete(void* bytes) noexcept { give_back(bytes); }
void operator delete[](void* bytes) noexcept { give_back(bytes); }
void operator delete(void* bytes, std::size_t) noexcept { give_back(bytes); }
void operator delete[](void* bytes, std::size_t) noexcept { give_back(bytes); }

#endif

namespace touchsts::os {

void keep_small_pages() {
  static void* volatile kept[] = {std::malloc(108), std::malloc(128), std::malloc(288)};
  (void)kept;
}

void leave(int code) {
#if __has_feature(address_sanitizer)
  exit(code);
#else
  _exit(code);
#endif
}

}  // namespace touchsts::os
