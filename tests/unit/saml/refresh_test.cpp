#include "saml/refresh.h"

#include <doctest/doctest.h>

namespace touchsts::saml {

TEST_CASE("refresh, as browsers read it") {
  const auto read = [](std::string_view text) {
    const auto refresh = parse_refresh(text);
    return refresh ? std::to_string(refresh->after.count()) + " " + refresh->url : "nothing";
  };
  CHECK(read("5") == "5 ");
  CHECK(read(" 0;url=/next") == "0 /next");
  CHECK(read("3; URL='/a b'") == "3 /a b");
  CHECK(read("3, url = \"/a\" more") == "3 /a");
  CHECK(read("1 /next") == "1 /next");
  CHECK(read("1;/next") == "1 /next");
  CHECK(read("1;urlx") == "1 urlx");
  CHECK(read("2.9;url=x") == "2 x");
  CHECK(read(".5;url=x") == "0 x");
  CHECK(read("99999999999999") == "86400 ");
  for (const std::string_view none : {"", " ", "url=/x", "-1", "x5", "5x;url=/x"}) {
    CHECK_MESSAGE(read(none) == "nothing", none);
  }
}

}  // namespace touchsts::saml
