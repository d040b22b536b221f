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

TEST_CASE("a certificate's subject is its sixth field, or its fifth in version 1") {
  const auto v3 = bytes_from_hex("3014 3012 A003020102 020101 3000 3000 3000 3002 0500");
  const auto v1 = bytes_from_hex("3011 300F 020101 3000 3000 3000 3002 0500 0500");
  REQUIRE(certificate_subject(v3));
  CHECK(certificate_subject(v3)->size() == 4);
  REQUIRE(certificate_subject(v1));
  CHECK(certificate_subject(v1)->size() == 4);
  CHECK_FALSE(certificate_subject(bytes_from_hex("3005 3003 020101")));
}

}  // namespace touchsts::codec
