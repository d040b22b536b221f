#include "codec/certificate.h"
#include "codec/der.h"
#include "codec/name_constraints.h"
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
  if (const auto parts = codec::certificate_parts(rest)) {
    (void)codec::allows_tls_server(*parts);
    const auto constraints = parts->name_constraints.value_or(rest);
    (void)codec::names_within(constraints, *parts, codec::Issued::to_server);
    (void)codec::host_within(constraints, "sts.eu-central-1.amazonaws.com");
  }
  while (const auto item = codec::take_der_item(rest)) {
    must(item->content.size() < item->whole.size());
  }
  return 0;
}
