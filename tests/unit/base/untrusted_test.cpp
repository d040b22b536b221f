#include "base/untrusted.h"

#include <doctest/doctest.h>

namespace touchsts {

TEST_CASE("foreign text loses everything that could steer a terminal") {
  struct Case {
    std::string_view raw, shown;
  };
  static constexpr Case kCases[] = {
      {"plain text", "plain text"},
      {"M\xC3\xBCller \xE2\x82\xAC \xF0\x9F\x94\x91", "M\xC3\xBCller \xE2\x82\xAC \xF0\x9F\x94\x91"},
      {"\x1B[31mred\x07", "?[31mred?"},
      {"a\nb\rc\td", "a?b?c?d"},
      {"\x7F", "?"},
      {"\xC2\x9B"
       "31m",
       "?31m"},       // C1 CSI in UTF-8
      {"\x9B", "?"},  // C1 CSI raw
      {"\xE2\x80\xAE"
       "evil",
       "?evil"},                             // right-to-left override
      {"\xE2\x80\x8B|\xEF\xBB\xBF", "?|?"},  // zero width
      {"\xE2\x80\xA8", "?"},                 // line separator
      {"\xC0\xAF", "??"},                    // overlong
      {"\xED\xA0\x80", "???"},               // surrogate
      {"\xF4\x90\x80\x80", "????"},          // beyond Unicode
      {"\xE2\x82", "??"},                    // cut short
  };
  for (const auto& [raw, shown] : kCases) {
    CHECK(printable(raw) == shown);
    CHECK(std::format("<{}>", Untrusted{raw}) == "<" + std::string(shown) + ">");
  }
}

TEST_CASE("foreign text is cut at its limit in characters") {
  CHECK(printable("abcdef", 3) == "abc...");
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable(std::string(1000, 'x')).size() == kPrintableLimit + 3);
}

}  // namespace touchsts
