#include "base/untrusted.h"
#include "fuzz/fuzz.h"

// No control character gets through, and what is clean stays.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto shown = printable(fuzz::text(data, size));
  must(shown.size() <= 4 * kPrintableLimit + 3);
  for (const char c : shown) {
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  must(printable(shown, shown.size()) == shown);
  return 0;
}
