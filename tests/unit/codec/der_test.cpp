#include "codec/der.h"

#include <doctest/doctest.h>

#include "fake/hex.h"

namespace touchsts::codec {

using fake::bytes_from_hex;

TEST_CASE("DER items with short and long lengths") {
  auto bytes = bytes_from_hex("0401AA 0481020102 30");
  std::span<const std::byte> rest(bytes);
  const auto first = take_der_item(rest);
  REQUIRE(first);
  CHECK(first->tag == 4);
  CHECK(first->content.size() == 1);
  CHECK(take_der_item(rest)->content.size() == 2);
  CHECK_FALSE(take_der_item(rest));
  CHECK(rest.size() == 1);
}

TEST_CASE("DER that is cut short or has no definite length") {
  for (const std::string_view text : {"", "04", "0402AA", "0480AA0000", "0485000000000100", "0484FFFFFFFF", "0482FF"}) {
    CAPTURE(text);
    const auto bytes = bytes_from_hex(text);
    std::span<const std::byte> rest(bytes);
    CHECK_FALSE(take_der_item(rest));
  }
}

}  // namespace touchsts::codec
