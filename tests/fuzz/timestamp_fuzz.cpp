#include "codec/timestamp.h"
#include "fuzz/fuzz.h"

// A time that is read can be written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto text = fuzz::text(data, size);
  if (const auto time = codec::parse_rfc3339(text)) {
    const long long year_0 = -62'167'219'200;
    const long long year_10000 = 253'402'300'800;
    const auto seconds = time->time_since_epoch().count();
    must(seconds >= year_0 - 86'400 && seconds < year_10000 + 86'400);
    if (seconds >= year_0 && seconds < year_10000) {
      must(codec::parse_rfc3339(codec::to_rfc3339(*time)) == time);
    }
  }
  (void)codec::parse_http_date(text);
  return 0;
}
