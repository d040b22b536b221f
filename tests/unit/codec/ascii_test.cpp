#include "codec/ascii.h"

#include <doctest/doctest.h>

namespace touchsts::codec {

TEST_CASE("letters of ASCII become small, and no others") {
  CHECK(lower("AZaz@[`{09") == "azaz@[`{09");
  CHECK(lower("\xc3\x84\xc4\xb0") == "\xc3\x84\xc4\xb0");  // a capital of German, and the dotted I of Turkish
  CHECK(lower("") == "");
}

TEST_CASE("words are the same without regard to case") {
  CHECK(same_word("HttpOnly", "httponly"));
  CHECK(same_word("", ""));
  CHECK_FALSE(same_word("path", "paths"));
  CHECK_FALSE(same_word("@", "`"));
}

TEST_CASE("blanks go from the ends, line ends only where they are blanks") {
  CHECK(trimmed(" \ta b\t ") == "a b");
  CHECK(trimmed(" \t") == "");
  CHECK(trimmed("") == "");
  CHECK(trimmed("\na\r") == "\na\r");
  CHECK(trimmed_lines("\r\n a\nb \n") == "a\nb");
  CHECK(trimmed_lines(" \r\n") == "");
}

}  // namespace touchsts::codec
