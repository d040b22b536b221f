#include <doctest/doctest.h>

#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_text.h"
#include "codec/percent.h"
#include "codec/shell_words.h"
#include "fake/hex.h"

namespace touchsts::codec {

TEST_CASE("base 64 of RFC 4648, section 10") {
  struct Vector {
    std::string_view plain, encoded;
  };
  static constexpr Vector kVectors[] = {{"", ""},
                                        {"f", "Zg=="},
                                        {"fo", "Zm8="},
                                        {"foo", "Zm9v"},
                                        {"foob", "Zm9vYg=="},
                                        {"fooba", "Zm9vYmE="},
                                        {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : kVectors) {
    CHECK(base64_encode(std::as_bytes(std::span(plain))).reveal_text() == encoded);
    const auto decoded = base64_decode_lines(encoded);
    REQUIRE(decoded);
    CHECK(std::string_view(reinterpret_cast<const char*>(decoded->data()), decoded->size()) == plain);
  }
  CHECK(base64_decode_lines("Zm9v\r\nYmFy\n")->size() == 6);
  for (const std::string_view broken : {"Zg=", "Zg", "Z", "Zm9v=", "Zg===", "Zm 9!", "=Zg="}) {
    CAPTURE(broken);
    CHECK_FALSE(base64_decode_lines(broken));
  }
}

TEST_CASE("percent-encoding keeps RFC 3986's unreserved characters only") {
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode(" /+=&\xC3\xBC") == "%20%2F%2B%3D%26%C3%BC");
  CHECK(percent_decode("p%40ss%2Fw")->reveal_text() == "p@ss/w");
  for (const std::string_view broken : {"%", "%4", "%zz", "a%2"}) {
    CHECK_FALSE(percent_decode(broken));
  }
}

TEST_CASE("hexadecimal digits are lower case") { CHECK(hex(fake::bytes_from_hex("00 0F AB FF")) == "000fabff"); }

TEST_CASE("JSON strings are escaped") {
  SecretWriter out;
  append_json_text(out, "a\"b\\c\n\x01/\xC3\xBC");
  CHECK(out.take().reveal_text() == "\"a\\\"b\\\\c\\u000a\\u0001/\xC3\xBC\"");
  for (const auto& [text, json] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"", R"("")"},
                                                                  {"\"", R"("\"")"},
                                                                  {"\\\"", R"("\\\"")"},
                                                                  {"\n", R"("\u000a")"},
                                                                  {"\nab\x1f", R"("\u000aab\u001f")"}}) {
    append_json_text(out, text);
    CHECK(out.take().reveal_text() == json);
  }
}

TEST_CASE("command lines are split as a shell quotes, without a shell's other powers") {
  using Words = std::vector<std::string>;
  CHECK(*shell_words("a  b\tc") == Words{"a", "b", "c"});
  CHECK(*shell_words(R"(a 'b c' "d e" f\ g)") == Words{"a", "b c", "d e", "f g"});
  CHECK(*shell_words(R"("a\"b\\c\d" '' "")") == Words{R"(a"b\c\d)", "", ""});
  CHECK(*shell_words("$(id) `id` $HOME *") == Words{"$(id)", "`id`", "$HOME", "*"});
  for (const std::string_view broken : {"", "  ", "'a", "\"a", "a\\"}) {
    CAPTURE(broken);
    CHECK_FALSE(shell_words(broken));
  }
}

TEST_CASE("objects of texts, and nothing else") {
  const auto flat = [](std::string_view text) {
    const auto fields = read_json_texts(text);
    std::string out = fields ? "" : "no";
    for (std::size_t i = 0; fields && i < fields->size(); ++i) {
      out += (*fields)[i].first + "=" + std::string((*fields)[i].second.reveal_text()) + ";";
    }
    return out;
  };
  CHECK(flat("{}").empty());
  CHECK(flat(" { } ").empty());
  CHECK(flat(R"({"a": "b", "c":"d\"\\\/"})") == R"(a=b;c=d"\/;)");
  CHECK(flat("{\"a\"\n:\t\"\"}\n") == "a=;");
  for (const std::string_view bad : {"",
                                     "{",
                                     "[]",
                                     "\"a\"",
                                     "{\"a\"}",
                                     "{\"a\":1}",
                                     "{\"a\":\"b\"",
                                     "{\"a\":\"b\",}",
                                     "{\"a\":\"b\"}x",
                                     "{\"a\":\"\\u0041\"}",
                                     "{\"a\":\"\\",
                                     "{\"a\":\"b\nc\"}",
                                     "{,}",
                                     "{\"a\":\"b\" \"c\":\"d\"}"}) {
    CAPTURE(bad);
    CHECK(flat(bad) == "no");
  }
}

}  // namespace touchsts::codec
