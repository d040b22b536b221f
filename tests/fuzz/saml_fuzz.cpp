#include "aws/saml.h"
#include "codec/base64.h"
#include "fuzz/fuzz.h"

// Once as it is, once as the XML inside.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto look = [](const Secret& response) {
    const auto assertion = aws::read_assertion(response);
    if (assertion) {
      must(!assertion->roles.empty());
      for (const auto& role : assertion->roles) {
        must(role.role_arn.contains(":role/") && role.principal_arn.contains(":saml-provider/"));
        must(aws::choose_role(*assertion, role.role_arn).has_value());
      }
    }
  };
  look(Secret(fuzz::text(data, size)));
  look(codec::base64_encode(fuzz::bytes(data, size)));
  return 0;
}
