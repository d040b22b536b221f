#include "card/otpauth.h"
#include "fuzz/fuzz.h"

// What is taken can be put on a key, but for its length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  if (const auto uri = card::parse_otpauth(Secret(fuzz::text(data, size)))) {
    must(!uri->secret.empty() && uri->digits >= 6 && uri->digits <= 8 && uri->period.count() >= 1 &&
         !uri->name.empty());
  }
  return 0;
}
