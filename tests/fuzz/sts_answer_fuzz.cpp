#include <string_view>

#include "aws/sts.h"
#include "fuzz/fuzz.h"

// Whatever answers for STS: credentials that are printable ASCII and expire in the future, or an error that a
// terminal can show. Keys and tokens of other services have any length, so no length is checked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const Time now(Seconds(1'700'000'000));
  if (const auto made = aws::parse_credentials(Secret(fuzz::text(data, size)), now)) {
    must(made->expires > now && aws::is_whole_session(*made));
    for (const std::string_view text : {std::string_view(made->access_key_id),
                                        made->secret_access_key.reveal_text(),
                                        made->session_token.reveal_text()}) {
      for (const char c : text) {
        must(c > 0x20 && c < 0x7F);
      }
    }
  }
  const auto error = aws::parse_service_error(400, Secret(fuzz::text(data, size)));
  for (const char c : aws::advise_sts(error).text) {
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  return 0;
}
