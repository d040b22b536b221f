#include "codec/http_header.h"

#include <doctest/doctest.h>

#include "base/format.h"

namespace touchsts::codec {
namespace {

std::string fields(std::string_view section) {
  const auto read = read_http_fields(section);
  if (!read) {
    return "error: " + read.error().text;
  }
  std::string text;
  for (const auto& [name, value] : *read) {
    text += formatted("{}={};", name, value.reveal_text());
  }
  return text;
}

}  // namespace

TEST_CASE("a header section ends with an empty line, of the final response") {
  CHECK(http_header_size("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody") == 25);
  CHECK(http_header_size("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == 44);
  CHECK(http_header_size("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 200\r\n\r\nbody") == 53);
  CHECK(http_header_size("HTTP/1.1 101 Switching\r\n\r\n") == 26);
  for (const std::string_view open :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    CHECK_FALSE(http_header_size(open));
  }
}

TEST_CASE("values are what was sent, byte for byte") {
  CHECK(fields("HTTP/1.1 200 OK\r\nSet-Cookie: a%3Bb=c%20d; Path=/\r\nX:  y \t\r\nSET-COOKIE: e=f\r\n\r\n") ==
        "set-cookie=a%3Bb=c%20d; Path=/;x=y;set-cookie=e=f;");
  CHECK(fields("HTTP/1.1 100 Continue\r\nA: no\r\n\r\nHTTP/1.1 200 OK\r\nB: yes\r\n\r\n") == "b=yes;");
  CHECK(fields("HTTP/1.1 200 OK\r\nno field\r\n: x\r\nA:\r\n\r\n") == "a=;");
  CHECK(fields("").empty());
  CHECK(fields("HTTP/1.1 100 Continue\r\nA: b\r\n\r\n").empty());
}

TEST_CASE("there may be many fields, but not any number") {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (std::size_t count = 0; count < kHttpFieldLimit; ++count) {
    text += "A: b\r\n";
  }
  CHECK(read_http_fields(text + "\r\n")->size() == kHttpFieldLimit);
  CHECK(fields(text + "A: b\r\n\r\n") == "error: the answer has more than 256 header fields");
}

}  // namespace touchsts::codec
