#include "codec/shell_words.h"
#include "fuzz/fuzz.h"

// Words hold no more than the line did.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  if (const auto words = codec::shell_words(fuzz::text(data, size))) {
    std::size_t total = 0;
    for (const auto& word : *words) {
      total += word.size();
    }
    must(!words->empty() && total <= size);
  }
  return 0;
}
