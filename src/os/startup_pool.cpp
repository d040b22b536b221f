// Memory for the first few hundred small objects of the process, without a system call for each handful of them.
//
// An answer from the cache lives for a millisecond; musl's allocator would map and unmap some thirty pages for it. The
// first 64 KiB that operator new and Mbed TLS ask for come from here; small objects given back are handed out again,
// because a fresh page costs more than all else. What does not fit is malloc's. The program has one thread. Secrets are
// not in it (base/arena.h); what libraries made of them may be, so what is given back is overwritten. Builds for
// sanitizers and valgrind keep the allocator that these watch.
#include "os/startup_pool.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>
#include <string_view>
#include <unistd.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#ifndef TOUCHSTS_USUAL_ALLOCATOR

namespace {

constexpr std::size_t kAlignment = alignof(std::max_align_t);
constexpr std::size_t kPoolSize = std::size_t{64} * 1024;
constexpr std::size_t kLargestReused = 512;

struct FreeObject {
  FreeObject* next;
};

alignas(kAlignment) constinit std::byte pool[kPoolSize];
constinit std::size_t used = 0;
constinit std::array<FreeObject*, kLargestReused / kAlignment + 1> free_objects{};  // by size in units of kAlignment

bool in_pool(const void* bytes) {
  const auto* const at = static_cast<const std::byte*>(bytes);
  return at >= pool && at < pool + kPoolSize;
}

// units is 0 for a size so large that counting it in units overflows.
std::size_t units(std::size_t size) { return (size + kAlignment - 1) / kAlignment; }

// take is null when memory is out.
void* take(std::size_t size) {
  const std::size_t wanted = size == 0 ? 1 : units(size);
  if (wanted != 0 && wanted < free_objects.size() && free_objects[wanted] != nullptr) {
    FreeObject* const object = free_objects[wanted];
    free_objects[wanted] = object->next;
    return object;
  }
  if (wanted != 0 && wanted <= (kPoolSize - used) / kAlignment) {
    void* const taken = pool + used;
    used += wanted * kAlignment;
    return taken;
  }
  return std::malloc(size);
}

void give_back(void* bytes, std::size_t size) {
  if (bytes == nullptr) {
    return;
  }
  mbedtls_platform_zeroize(bytes, size);
  if (!in_pool(bytes)) {
    std::free(bytes);
  } else if (const std::size_t room = size == 0 ? 1 : units(size); room < free_objects.size()) {
    free_objects[room] = new (bytes) FreeObject{free_objects[room]};
  }
}

// For an object whose size is not known: in the pool it is neither overwritten nor handed out again.
void give_back(void* bytes) {
  if (!in_pool(bytes)) {
    mbedtls_platform_zeroize(bytes, malloc_usable_size(bytes));  // of null: 0
    std::free(bytes);
  }
}

void* take_or_end(std::size_t size) {
  void* const taken = take(size);
  if (taken == nullptr) {
    constexpr std::string_view kText = "touchsts: out of memory\n";
    (void)!write(STDERR_FILENO, kText.data(), kText.size());
    _exit(70);
  }
  return taken;
}

// Mbed TLS does not say what it gives back, so each object begins with its size.
void* take_zeroed(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(bytes, kAlignment, &bytes)) {
    return nullptr;
  }
  auto* const taken = static_cast<std::byte*>(take(bytes));
  if (taken == nullptr) {
    return nullptr;
  }
  std::memset(taken, 0, bytes);
  new (taken) std::size_t(bytes);
  return taken + kAlignment;
}

void give_back_sized(void* object) {
  if (object != nullptr) {
    auto* const taken = static_cast<std::byte*>(object) - kAlignment;
    give_back(taken, *std::launder(reinterpret_cast<std::size_t*>(taken)));
  }
}

}  // namespace

void* operator new(std::size_t size) { return take_or_end(size); }
void* operator new[](std::size_t size) { return take_or_end(size); }
void operator delete(void* bytes) noexcept { give_back(bytes); }
void operator delete[](void* bytes) noexcept { give_back(bytes); }
void operator delete(void* bytes, std::size_t size) noexcept { give_back(bytes, size); }
void operator delete[](void* bytes, std::size_t size) noexcept { give_back(bytes, size); }

#endif

namespace touchsts::os {

void share_pool_with_mbedtls() {
#ifndef TOUCHSTS_USUAL_ALLOCATOR
  mbedtls_platform_set_calloc_free(take_zeroed, give_back_sized);
#endif
}

void leave(int code) {
#ifdef TOUCHSTS_USUAL_ALLOCATOR
  exit(code);
#else
  _exit(code);
#endif
}

}  // namespace touchsts::os
