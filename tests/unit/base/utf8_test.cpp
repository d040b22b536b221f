#include "base/utf8.h"

#include <doctest/doctest.h>

namespace touchsts {
namespace {

TEST_CASE("what is UTF-8 (RFC 3629, section 4)") {
  for (const std::string_view text : {"",
                                      "plain",
                                      "\x7f",
                                      "\xc2\x80",
                                      "\xdf\xbf",
                                      "\xe0\xa0\x80",
                                      "\xed\x9f\xbf",
                                      "\xee\x80\x80",
                                      "\xf0\x90\x80\x80",
                                      "\xf4\x8f\xbf\xbf",
                                      "a\xc3\xbc"
                                      "b"}) {
    CAPTURE(text.size());
    CHECK(is_utf8(text));
  }
  for (const std::string_view text : {"\x80",
                                      "\xff",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe2\x82",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "a\xff"
                                      "b"}) {
    CAPTURE(text.size());
    CHECK_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace touchsts
