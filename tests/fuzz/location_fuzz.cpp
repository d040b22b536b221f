#include "codec/location.h"
#include "fuzz/fuzz.h"

// What a page refers to is a place that can be asked for, in characters that a request line may have, and is the same
// place when it is written down and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const codec::Location base{{.scheme = "https", .host = "idp.example", .port = 443}, "/a/b?c"};
  const auto found = codec::resolve(base, fuzz::text(data, size));
  if (found) {
    must(found->origin.scheme == "https" || found->origin.scheme == "http");
    must(found->target.starts_with('/'));
    for (const char c : found->target) {
      must(c > 0x20 && c < 0x7F && c != '#');
    }
    const auto again = codec::parse_location(codec::to_text(*found));
    must(again.has_value() && *again == *found);
  }
  return 0;
}
