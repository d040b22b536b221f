#include "codec/der.h"
#include "fuzz/fuzz.h"

// No view outside of what came in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  auto rest = fuzz::bytes(data, size);
  if (const auto subject = codec::certificate_subject(rest)) {
    must(subject->size() >= 2 && subject->data() > rest.data() &&
         subject->data() + subject->size() <= rest.data() + size);
  }
  while (const auto item = codec::take_der_item(rest)) {
    must(item->content.size() < item->whole.size());
  }
  return 0;
}
