#include "cache/format.h"
#include "fuzz/fuzz.h"

// No bytes that we did not seal open; what glance tells is in range.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const Secret key(std::string_view("0123456789abcdef0123456789abcdef"));
  const auto file = fuzz::bytes(data, size);
  must(!cache::open(file, key, {}, cache::Kind::role) || size > cache::kHeaderSize);
  if (const auto seen = cache::glance(file)) {
    must(size >= cache::kHeaderSize && seen->not_after.time_since_epoch().count() >= 0);
  }
  return 0;
}
