#include "codec/base64.h"
#include "fuzz/fuzz.h"

// Encoding and decoding are each other's reverse.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto text = fuzz::text(data, size);
  const Secret encoded = codec::base64_encode(fuzz::bytes(data, size));
  const auto decoded = codec::base64_decode_lines(encoded.reveal_text());
  must(decoded && decoded->size() == size);
  if (const auto bytes = codec::base64_decode_lines(text)) {
    must(bytes->size() <= size / 4 * 3 + 2);
  }
  return 0;
}
