#include "aws/arn.h"
#include "fuzz/fuzz.h"

// The parts of an ARN are the ARN.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto text = fuzz::text(data, size);
  if (const auto arn = aws::parse_arn(text)) {
    must("arn:" + arn->partition + ":" + arn->service + ":" + arn->region + ":" + arn->account + ":" + arn->resource ==
         text);
  }
  (void)aws::check_role_arn(text);
  (void)aws::check_mfa_serial(text);
  (void)aws::check_token_code(text);
  return 0;
}
