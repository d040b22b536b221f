#include "codec/timestamp.h"

#include <doctest/doctest.h>

namespace touchsts::codec {

TEST_CASE("RFC 3339 in every shape that SDKs and STS write") {
  struct Case {
    std::string_view text;
    long long seconds;
  };
  // RFC 3339, section 5.8, and shapes of STS.
  static constexpr Case kCases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1985-04-12T23:20:50.52Z", 482196050},
      {"1996-12-19T16:39:57-08:00", 851042397},
      {"1990-12-31T23:59:60Z", 662688000},
      {"1990-12-31T15:59:60-08:00", 662688000},
      {"1937-01-01T12:00:27.87+00:20", -1041337173},
      {"2026-11-21T08:42:38+00:00", 1795250558},
      {"2026-11-21T08:42:38+0000", 1795250558},
      {"2026-11-21T08:42:38.123456789+0000", 1795250558},
      {"2026-11-21T08:42:38.1Z", 1795250558},
      {"2038-01-19T03:14:08Z", 2147483648},
      {"9999-12-31T23:59:59Z", 253402300799},
      {"2024-02-29t00:00:00z", 1709164800},
  };
  for (const auto& [text, seconds] : kCases) {
    CAPTURE(text);
    REQUIRE(parse_rfc3339(text));
    CHECK(parse_rfc3339(text)->time_since_epoch().count() == seconds);
  }
}

TEST_CASE("what is no RFC 3339 is refused") {
  for (const std::string_view text : {"",
                                      "2026-11-21",
                                      "2026-11-21T08:42:38",
                                      "2026-11-21 08:42:38Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T08:60:00Z",
                                      "2026-11-21T08:42:61Z",
                                      "2026-11-21T08:42:38.Z",
                                      "2026-11-21T08:42:38+00:",
                                      "2026-11-21T08:42:38+000",
                                      "2026-11-21T08:42:38+00000",
                                      "2026-11-21T08:42:38+24:00",
                                      "2026-11-21T08:42:38Zx",
                                      "+026-11-21T08:42:38Z",
                                      "2026-1-21T08:42:38Z",
                                      "20261121T084238Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("times are written as SDKs read them") {
  const Time time(Seconds(1795250558));
  CHECK(to_rfc3339(time) == "2026-11-21T08:42:38Z");
  CHECK(to_basic(time) == "20261121T084238Z");
  CHECK(to_rfc3339(Time(Seconds(0))) == "1970-01-01T00:00:00Z");
  for (long long seconds = -1'000'000'000; seconds < 8'000'000'000; seconds += 12'345'677) {
    CHECK(parse_rfc3339(to_rfc3339(Time(Seconds(seconds)))) == Time(Seconds(seconds)));
  }
}

TEST_CASE("the Date header of RFC 9110") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")->time_since_epoch().count() == 784111777);
  for (const std::string_view text : {"",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994",
                                      "Sun, 31 Feb 1994 08:49:37 GMT",
                                      "Sun, 06 Xxx 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:37 GMTx"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text));
  }
}

TEST_CASE("dates of cookies") {
  for (const std::string_view text : {"Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994",
                                      "1994 nov 6 8:49:37",
                                      "06/november/1994;08:49:37",
                                      "08:49:37x 6th Nov 1994"}) {
    CAPTURE(text);
    const auto time = parse_cookie_date(text);
    REQUIRE(time);
    CHECK(to_rfc3339(*time) == "1994-11-06T08:49:37Z");
  }
  CHECK(to_rfc3339(*parse_cookie_date("Thu, 01-Jan-70 00:00:01 GMT")) == "1970-01-01T00:00:01Z");
  CHECK(to_rfc3339(*parse_cookie_date("Thu, 01-Jan-69 00:00:01 GMT")) == "2069-01-01T00:00:01Z");
  for (const std::string_view text : {"",
                                      "0",
                                      "Sun, 06 Nov 1994",
                                      "Sun, 06 1994 08:49:37 GMT",
                                      "Nov 1994 08:49:37",
                                      "31 Feb 1994 08:49:37",
                                      "06 Nov 1600 08:49:37",
                                      "06 Nov 1994 24:00:00",
                                      "06 Nov 1994 08:60:00",
                                      "06 Nov 1994 08:49:60",
                                      "06 Nov 19940 08:49:37",
                                      "006 Nov 1994 08:49"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_cookie_date(text));
  }
}

}  // namespace touchsts::codec
