#include "settings/toml_sections.h"

#include <doctest/doctest.h>

namespace touchsts::settings {
namespace {

bool is_password(std::string_view key) { return key == "password"; }

// "name{key=value;...}" for short comparisons.
std::string flat(std::string_view text) {
  const auto sections = read_toml_sections(text, is_password);
  if (!sections) {
    return "error: " + sections.error().text;
  }
  std::string out;
  for (const auto& [name, section] : *sections) {
    out += name + "{";
    for (const auto& [key, value] : section) {
      out += key + "=" + value.text;
      for (const auto& item : value.list) {
        out += "<" + item + ">";
      }
      out += std::string(value.secret.reveal_text().empty() ? "" : "*") + ";";
    }
    out += "}";
  }
  return out;
}

}  // namespace

TEST_CASE("tables are sections, and inherit what stands above them") {
  CHECK(flat("a = 1\n[[x]]\nb = 'two'\n[y]\nc = true\n") == "x{a=1;b=two;}y{a=1;c=true;}");
  CHECK(flat("[[org]]\na = 1\nb = 1\n[[org.dev]]\nb = 2\n[[org.prod]]\nc = 3\n") ==
        "dev{a=1;b=2;}org{a=1;b=1;}prod{a=1;b=1;c=3;}");
  CHECK(flat("[[org]]\na = 1\n[[org.dev]]\n[[org]]\na = 2\n[[org.test]]\n") == "dev{a=1;}org{a=2;}test{a=2;}");
  CHECK(flat("[[x]]\na = 1\n[[x]]\nb = 2\n") == "x{b=2;}");  // the later one counts, and siblings keep to themselves
  CHECK(flat("[[z]]\n[[z.x]]\na = 1\n[[b]]\n[[b.x]]\na = 2\n") == "b{}x{a=2;}z{}");  // by place, not by name
  CHECK(flat("[a.b.c]\nx = 1\n") == "a{}b{}c{x=1;}");
  CHECK(flat("[x]\nl = ['p', 'q']\ne = []\n") == "x{e=;l=<p><q>;}");
  CHECK(flat("x = {y = 1}\n") == "x{y=1;}");
  CHECK(flat("").empty());
}

TEST_CASE("secrets are in Secrets only") {
  CHECK(flat("password = 'p'\n[x]\n[x.y]\npassword = 'q'\n") == "x{password=*;}y{password=*;}");
}

TEST_CASE("what is no TOML, or no value we know, is an error with its line") {
  CHECK(flat("[x]\na = /usr/bin\n").starts_with("error: line 2: "));
  CHECK(flat("[x]\na = 1.5\n").starts_with("error: line 2: 'a' must be a text in quotes"));
  CHECK(flat("[x]\na = [1]\n").starts_with("error: line 2: 'a' must be a text in quotes"));
  CHECK(flat("[x]\na = 2020-01-01\n").starts_with("error: line 2: 'a' must be"));
  CHECK(flat("[x\n").starts_with("error: line 1: "));
}

}  // namespace touchsts::settings
