#include "aws/sts.h"
#include "fuzz/fuzz.h"

// Whatever answers for STS: credentials of AWS's shape, or an error that a terminal can show.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const Time now(Seconds(1'700'000'000));
  if (const auto made = aws::parse_credentials(Secret(fuzz::text(data, size)), now)) {
    must(made->expires > now && made->access_key_id.size() >= 16 && !made->session_token.empty());
    for (const char c : made->session_token.reveal_text()) {
      must(c > 0x20 && c < 0x7F && c != 0x22 && c != 0x5C);
    }
  }
  const auto error = aws::parse_service_error(400, Secret(fuzz::text(data, size)));
  for (const char c : aws::advise_sts(error).text) {
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  return 0;
}
