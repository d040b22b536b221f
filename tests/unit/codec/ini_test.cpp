#include "codec/ini.h"

#include <doctest/doctest.h>

namespace touchsts::codec {
namespace {

bool no_secrets(std::string_view) { return false; }
bool password_is_secret(std::string_view key) { return key == "password"; }

// "header{key=value;...}" for short comparisons.
std::string flat(std::string_view text) {
  const auto sections = parse_ini(text);
  if (!sections) {
    return "error: " + sections.error().text;
  }
  std::string out;
  for (const auto& section : *sections) {
    out += std::string(section.header) + "{";
    for (const auto& property : properties_of(section, no_secrets)) {
      out += property.key + "=" + property.value;
      for (const auto& [name, value] : property.sub) {
        out += "<" + name + ":" + value + ">";
      }
      out += ";";
    }
    out += "}";
  }
  return out;
}

}  // namespace

TEST_CASE("the grammar of AWS's files, rule by rule") {
  struct Case {
    std::string_view why, text, flat;
  };
  static constexpr Case kCases[] = {
      {"empty file", "", ""},
      {"a section and a property", "[a]\nb = c\n", "a{b=c;}"},
      {"no line end at the end", "[a]\nb=c", "a{b=c;}"},
      {"CRLF", "[a]\r\nb = c\r\n", "a{b=c;}"},
      {"a byte order mark", "\xEF\xBB\xBF[a]\nb=c", "a{b=c;}"},
      {"blanks in brackets", "[ \ta b\t ]\n", "a b{}"},
      {"keys are lower case", "[a]\nAWS_Key = C\n", "a{aws_key=C;}"},
      {"an empty value", "[a]\nb =\n", "a{b=;}"},
      {"'=' in a value", "[a]\nb = c=d=\n", "a{b=c=d=;}"},
      {"UTF-8 in a value", "[a]\nb = \xF0\x9F\x98\x82\n", "a{b=\xF0\x9F\x98\x82;}"},
      {"comment lines", "# one\n; two\n[a]\n# three\nb=c\n", "a{b=c;}"},
      {"comments after a header, also adjacent", "[a]#x\n[b] ; y\n[c];z", "a{}b{}c{}"},
      {"a comment in a value needs a blank", "[a]\nb=c#d\ne = f # g\nh = i\t; j\nk=l;m\n", "a{b=c#d;e=f;h=i;k=l;m;}"},
      {"a value that is all comment", "[a]\nb = # c\n", "a{b=;}"},
      {"blank lines", "\n \t\n[a]\n\nb=c\n \n", "a{b=c;}"},
      {"continuation keeps its comment sign", "[a]\nb = c\n  d # e\n\tf\n", "a{b=c\nd # e\nf;}"},
      {"continuation over a blank line", "[a]\nb = c\n\n d\n", "a{b=c\nd;}"},
      {"an indented comment line is no part of a value", "[a]\nb = c\n  # d\n\t; e\n  f\n", "a{b=c\nf;}"},
      {"blanks that nobody sees",
       "[a]\nb\u00a0=\u00a0c\u2003\nd\x0c=\x0b"
       "e\x1f\n",
       "a{b=c;d=e;}"},
      {"JSON has comment signs in its texts",
       "[a]\nb = {\"c\": \"d #e ;f \\\" #\"} # end\ng = {\"h\": 1} ;i\n",
       "a{b={\"c\": \"d #e ;f \\\" #\"};g={\"h\": 1};}"},
      {"sub-properties", "[a]\ns3 =\n  max = 5\n\n\tX = y=z\nb = c\n", "a{s3=<max:5><X:y=z>;b=c;}"},
      {"any name of a sub-property",
       "[a]\ntags =\n  Cost Center = 1\n  caf\u00e9 = y\n",
       "a{tags=<Cost Center:1><caf\u00e9:y>;}"},
      {"comments among sub-properties", "[a]\ns3 =\n  # note\n  max = 5\n", "a{s3=<max:5>;}"},
      {"an empty sub-value", "[a]\ns3 =\n  max =\n", "a{s3=<max:>;}"},
      {"names that AWS does not allow are skipped", "[a]\nin valid = x\n$$$ = y\nb = c\n", "a{b=c;}"},
      {"sections stay apart", "[a]\nb=1\n[a]\nb=2\n", "a{b=1;}a{b=2;}"},
      {"every sign of a name", "[a]\naZ0_-/.%@:+ = v\n", "a{az0_-/.%@:+=v;}"},
      {"no ']'", "[a\n", "error: line 1: the section header has no ']'"},
      {"text after ']'", "[a] b\n", "error: line 1: unexpected text after ']'"},
      {"a property before any section", "b = c\n", "error: line 1: a property before any section"},
      {"':' is no separator", "[a]\nb : c\n", "error: line 2: a property needs '=' between its name and its value"},
      {"no name", "[a]\n= c\n", "error: line 2: a property without a name"},
      {"an indented line after a header", "[a]\n b = c\n", "error: line 2: an indented line that continues nothing"},
      {"a sub-property without '='",
       "[a]\ns3 =\n  max\n",
       "error: line 2: below 's3' every indented line must be 'name = value'"},
      {"a sub-property without a name",
       "[a]\ns3 =\n  = 5\n",
       "error: line 2: below 's3' every indented line must be 'name = value'"},
  };
  for (const auto& [why, text, expected] : kCases) {
    CAPTURE(why);
    CHECK(flat(text) == expected);
  }
}

TEST_CASE("a section tells whether a property in it has a name that does not count") {
  const auto sections = parse_ini("[a]\nb = c\n[d]\nb = c\nm\u200bfa = e\nf = g\n[h]\ni =\n  j\u200b = k\n");
  REQUIRE(sections.has_value());
  REQUIRE_EQ(sections->size(), 3);
  CHECK_FALSE(sections->at(0).skips_lines);
  CHECK(sections->at(1).skips_lines);
  CHECK_FALSE(sections->at(2).skips_lines);  // sub-properties have any name
}

TEST_CASE("a NUL and too many sections are refused") {
  CHECK(flat(std::string_view("[a]\nb=\0c\n", 9)).starts_with("error: the file holds a NUL"));
  std::string many;
  for (std::size_t i = 0; i <= kIniSectionLimit; ++i) {
    many += "[a]\n";
  }
  CHECK(flat(many) == "error: more than 65536 sections");
}

TEST_CASE("values of secret keys are in Secrets only") {
  const auto sections = parse_ini("[a]\nPassword = hunter2 # not part of it\nb = c\n");
  REQUIRE(sections);
  const auto properties = properties_of(sections->front(), password_is_secret);
  CHECK(properties[0].value.empty());
  CHECK(properties[0].secret.reveal_text() == "hunter2");
  CHECK(properties[1].value == "c");
}

}  // namespace touchsts::codec
