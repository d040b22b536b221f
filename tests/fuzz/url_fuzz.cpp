#include "codec/url.h"
#include "fuzz/fuzz.h"

// What is taken can be written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  for (const auto part : {codec::UserPart::allowed, codec::UserPart::refused}) {
    if (const auto url = codec::parse_url(fuzz::text(data, size), part)) {
      const auto again = codec::parse_url(codec::to_text(url->origin), codec::UserPart::refused);
      must(again && again->origin == url->origin);
    }
  }
  return 0;
}
