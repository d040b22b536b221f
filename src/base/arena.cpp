#include "base/arena.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace touchsts::arena {
namespace {

constexpr std::size_t kAlignment = 16;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kUsualRegion = 4 * kPage;  // what an answer from the cache needs; locking costs by the page

// What is free or taken is written down outside the arena: MADV_WIPEONFORK clears the arena in children.
struct Block {
  std::size_t offset;
  std::size_t size;
  bool taken;
};

struct Region {
  std::byte* start;
  std::size_t size;
  std::vector<Block> blocks;  // in order of their offsets, without gaps
};

// The one mutable global of the program: every Secret lives here.
constinit std::vector<Region> regions;
constinit bool all_locked = true;

[[noreturn]] void out_of_memory() {
  constexpr std::string_view kText = "touchsts: out of memory\n";
  (void)!write(STDERR_FILENO, kText.data(), kText.size());
  _exit(70);
}

Region& add_region(std::size_t wanted) {
  const std::size_t size = std::max(kUsualRegion, (wanted + kPage - 1) / kPage * kPage);
  // The last page stays inaccessible, so that running over the end traps.
  void* const mapped = mmap(nullptr, size + kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED || mprotect(mapped, size, PROT_READ | PROT_WRITE) != 0) {
    out_of_memory();
  }
  all_locked = mlock(mapped, size) == 0 && all_locked;
  madvise(mapped, size, MADV_DONTDUMP);
  madvise(mapped, size, MADV_WIPEONFORK);
  regions.push_back({static_cast<std::byte*>(mapped), size, {{0, size, false}}});
  return regions.back();
}

std::byte* take_from(Region& region, std::size_t size) {
  const auto fits = [size](const Block& block) { return !block.taken && block.size >= size; };
  const auto found = std::ranges::find_if(region.blocks, fits);
  if (found == region.blocks.end()) {
    return nullptr;
  }
  const Block rest{found->offset + size, found->size - size, false};
  found->size = size;
  found->taken = true;
  std::byte* const start = region.start + found->offset;
  if (rest.size != 0) {
    region.blocks.insert(found + 1, rest);
  }
  return start;
}

}  // namespace

std::byte* take(std::size_t size) {
  if (size > (std::size_t{1} << 30)) {
    out_of_memory();
  }
  size = (size + kAlignment - 1) / kAlignment * kAlignment;
  for (auto& region : regions) {
    if (std::byte* const start = take_from(region, size)) {
      return start;
    }
  }
  return take_from(add_region(size), size);
}

void give_back(std::byte* bytes) {
  for (auto& region : regions) {
    const auto is_it = [&](const Block& block) { return block.taken && region.start + block.offset == bytes; };
    const auto found = std::ranges::find_if(region.blocks, is_it);
    if (found == region.blocks.end()) {
      continue;
    }
    found->taken = false;
    if (found + 1 != region.blocks.end() && !(found + 1)->taken) {
      found->size += (found + 1)->size;
      region.blocks.erase(found + 1);
    }
    if (found != region.blocks.begin() && !(found - 1)->taken) {
      (found - 1)->size += found->size;
      region.blocks.erase(found);
    }
    return;
  }
}

void let_child_have_secrets() {
  for (const auto& region : regions) {
    madvise(region.start, region.size, MADV_KEEPONFORK);
  }
}

// Locks are not inherited.
void keep_from_children() {
  for (const auto& region : regions) {
    all_locked = mlock(region.start, region.size) == 0 && all_locked;
    madvise(region.start, region.size, MADV_WIPEONFORK);
  }
}

bool locked() { return all_locked; }

}  // namespace touchsts::arena
