#include "codec/ini_edit.h"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <string>

#include <doctest/doctest.h>

#include "codec/ini.h"

namespace touchsts::codec {
namespace {

constexpr std::array<std::string_view, 2> kGone = {"aws_access_key_id", "aws_secret_access_key"};

// The section [header] of `text`; which sections are a profile's is for aws/section_edit to say.
template <class Use>
Result<Secret> edit(std::string_view text, std::string_view header, Use use) {
  const auto sections = TRY(parse_ini(text));
  const IniSection* found = nullptr;
  for (const auto& section : sections) {
    if (section.header == header) {
      if (found != nullptr) {
        return fail(Fault::configuration, "two of them");
      }
      found = &section;
    }
  }
  return use(found);
}

Result<Secret> taken_out(std::string_view text,
                         std::string_view header,
                         std::span<const std::string_view> keys,
                         Emptied emptied = Emptied::goes) {
  return edit(text, header, [&](const IniSection* section) -> Result<Secret> {
    return section != nullptr ? without_properties(text, *section, keys, emptied)
                              : Result<Secret>(fail(Fault::configuration, "none of them"));
  });
}

Result<Secret> put_in(std::string_view text, std::string_view header, const IniChange& change) {
  return edit(text, header, [&](const IniSection* section) { return with_properties(text, section, header, change); });
}

std::string without(std::string_view text, std::string_view header = "base") {
  const auto edited = taken_out(text, header, kGone);
  return edited ? std::string(edited->reveal_text()) : edited.error().text;
}

std::string with(std::string_view text, const IniChange& change, std::string_view header = "base") {
  const auto edited = put_in(text, header, change);
  return edited ? std::string(edited->reveal_text()) : edited.error().text;
}

bool nothing_is_secret(std::string_view) { return false; }

// Sections and properties, as one text.
std::string meaning(std::string_view text, bool without_gone, std::string_view header) {
  const auto sections = parse_ini(text);
  if (!sections) {
    return "no";
  }
  std::string all;
  for (const auto& section : *sections) {
    std::string one;
    for (const auto& property : properties_of(section, nothing_is_secret)) {
      const bool gone = section.header == header && std::ranges::contains(kGone, property.key);
      if (gone && without_gone) {
        continue;
      }
      one += property.key + "=" + property.value;
      for (const auto& [name, value] : property.sub) {
        one += "," + name + "=" + value;
      }
      one += "\n";
    }
    all += section.header == header && one.empty() ? "" : "[" + std::string(section.header) + "]\n" + one;
  }
  return all;
}

}  // namespace

TEST_CASE("properties go, and every other byte stays") {
  CHECK(without("[base]\naws_access_key_id = A\nregion = x\naws_secret_access_key=S\n") == "[base]\nregion = x\n");
  CHECK(
      without(
          "# top\n\n[a]\nx = 1\n[base] # mine\n; note\nAWS_ACCESS_KEY_ID=A\n\nregion=x\n[b]\naws_access_key_id=B\n") ==
      "# top\n\n[a]\nx = 1\n[base] # mine\n; note\n\nregion=x\n[b]\naws_access_key_id=B\n");
  CHECK(without("\xEF\xBB\xBF[base]\r\naws_access_key_id = A\r\nregion = x\r\n") ==
        "\xEF\xBB\xBF[base]\r\nregion = x\r\n");
  CHECK(without("[base]\nregion = x\naws_secret_access_key = S") == "[base]\nregion = x\n");
  CHECK(without("[ base\t]\naws_secret_access_key = R\n  S\n\n  T\nregion = x\n") == "[ base\t]\n\nregion = x\n");
}

TEST_CASE("a section that has nothing left goes as a whole") {
  CHECK(without("[a]\nx = 1\n\n[base]\naws_access_key_id = A\naws_secret_access_key = S\n\n[b]\ny = 2\n") ==
        "[a]\nx = 1\n\n[b]\ny = 2\n");
  CHECK(without("[base]\naws_access_key_id = A\n").empty());
  CHECK(without("[base]\naws_access_key_id = A\n# a note\n") == "[base]\n# a note\n");
}

TEST_CASE("whatever the file, what is read afterwards is what was read before, less the properties") {
  std::mt19937 chance(7);  // NOLINT(bugprone-random-generator-seed)
  constexpr std::array<std::string_view, 16> kLines = {"[base]",
                                                       "[a]",
                                                       "[profile base]",
                                                       "aws_access_key_id = A",
                                                       "AWS_Secret_Access_Key = S # x",
                                                       "aws_secret_access_key =",
                                                       "  region = x",
                                                       "\tmore",
                                                       "region = x",
                                                       "# comment",
                                                       "; [base]",
                                                       "",
                                                       "   ",
                                                       "s3 =",
                                                       "  a = b",
                                                       "[base] ; again"};
  int edited = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = round % 3 == 0 ? "[base]\n" : "";
    for (std::size_t count = chance() % 12; count > 0; --count) {
      text += kLines[chance() % kLines.size()];
      text += chance() % 8 == 0 ? "\r\n" : count == 1 && chance() % 2 == 0 ? "" : "\n";
    }
    const auto after = taken_out(text, "base", kGone);
    const std::string before = meaning(text, true, "base");
    if (before == "no" || !after) {
      continue;
    }
    ++edited;
    CHECK_MESSAGE(meaning(after->reveal_text(), false, "base") == before, text);
  }
  CHECK(edited > 1000);
}

TEST_CASE("properties come into a section, in their old places or below the others") {
  const IniChange change{.set = {{"x", "1"}, {"y", "2"}}, .gone = {"z"}};
  CHECK(with("", change) == "[base]\nx = 1\ny = 2\n");
  CHECK(with("\xEF\xBB\xBF", change) == "\xEF\xBB\xBF[base]\nx = 1\ny = 2\n");
  CHECK(with("[base]", change) == "[base]\nx = 1\ny = 2\n");
  CHECK(with("[base]\ny=old", change) == "[base]\ny = 2\nx = 1\n");
  CHECK(with("[a]\nx = 7\n", change) == "[a]\nx = 7\n\n[base]\nx = 1\ny = 2\n");
  CHECK(with("[a]\nx = 7", change) == "[a]\nx = 7\n\n[base]\nx = 1\ny = 2\n");
  CHECK(with("[a]\nx = 7\n\n", change) == "[a]\nx = 7\n\n[base]\nx = 1\ny = 2\n");
  CHECK(with("[a]\r\nx = 7\r\n", change) == "[a]\r\nx = 7\r\n\r\n[base]\r\nx = 1\r\ny = 2\r\n");
  CHECK(with("# top\n[base] ; mine\n# n\nX=old\n  more\n\nz = 3\n; end\n\n[b]\nx = 8\n", change) ==
        "# top\n[base] ; mine\n# n\nx = 1\n\ny = 2\n; end\n\n[b]\nx = 8\n");
  CHECK(with("[base]\nx = a\nx = b\n", change) == "[base]\nx = 1\ny = 2\n");  // the last one counted
  CHECK(with("[base]\n\n# nothing\n", change) == "[base]\nx = 1\ny = 2\n\n# nothing\n");
  CHECK(with("[base]\nx = 1\ny = 2\n", change) == "[base]\nx = 1\ny = 2\n");
}

TEST_CASE("what would not come back as it was written is refused") {
  for (const std::string_view value : {"", " a", "a ", "a\nb", "a\rb", "a # b", "a\t;b", "a\x7f", "a\x01"}) {
    CAPTURE(value);
    CHECK(with("", {.set = {{"x", value}}, .gone = {}}) == "the value of x cannot stand in such a file");
  }
  for (const std::string_view value : {"a#b", "a=b", "[a]", "a;b", "a  b", "50%"}) {
    CHECK(with("", {.set = {{"x", value}}, .gone = {}}) == "[base]\nx = " + std::string(value) + "\n");
  }
  CHECK(with("x = 1\n", {.set = {{"x", "1"}}, .gone = {}}) == "line 1: a property before any section");
}

TEST_CASE("of a hundred thousand files, everything outside the edited section stays byte for byte") {
  std::mt19937 chance(11);  // NOLINT(bugprone-random-generator-seed)
  constexpr std::array<std::string_view, 18> kLines = {"[base]",
                                                       "[a]",
                                                       "[profile base]",
                                                       "x = A",
                                                       "X = B # x",
                                                       "y =",
                                                       "  sub=1",
                                                       "\tmore",
                                                       "region = x",
                                                       "# base",
                                                       "; [base]",
                                                       "",
                                                       "   ",
                                                       "expiration=",
                                                       "[base] ; again",
                                                       "[ base ]",
                                                       "token = t;t",
                                                       "[default]"};
  int changed = 0, added = 0, taken = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text = round % 16 == 0 ? "\xEF\xBB\xBF" : "";
    text += round % 2 == 0 ? "[base]\n" : "";
    for (std::size_t count = chance() % 14; count > 0; --count) {
      text += kLines[chance() % kLines.size()];
      text += chance() % 4 == 0 ? "\r\n" : count == 1 && chance() % 2 == 0 ? "" : "\n";
    }
    const auto sections = parse_ini(text);
    const IniChange change{.set = {{"x", "new"}, {"expiration", "soon"}}, .gone = {"y"}};
    const auto after = put_in(text, "base", change);
    if (!sections) {
      CHECK_FALSE(after);
      continue;
    }
    const auto is_base = [](const IniSection& section) { return section.header == "base"; };
    const auto count = std::ranges::count_if(*sections, is_base);
    CHECK(after.has_value() == (count < 2));
    if (!after) {
      continue;
    }
    const std::string_view edited = after->reveal_text();
    const auto again = parse_ini(edited);
    REQUIRE(again);
    const auto now = std::ranges::find_if(*again, is_base);
    REQUIRE(now != again->end());
    std::string values;
    for (const auto& property : properties_of(*now, nothing_is_secret)) {
      values += property.key == "x" || property.key == "y" || property.key == "expiration"
                    ? property.key + "=" + property.value + ";"
                    : "";
    }
    CHECK((values == "x=new;expiration=soon;" || values == "expiration=soon;x=new;"));
    if (count == 0) {
      ++added;
      CHECK(edited.starts_with(text));
      continue;
    }
    ++changed;
    const auto before = std::ranges::find_if(*sections, is_base);
    const auto start = static_cast<std::size_t>(before->body.data() - text.data());
    const std::string_view ahead = std::string_view(text).substr(0, start);
    const std::string_view behind = std::string_view(text).substr(start + before->body.size());
    CHECK(edited.starts_with(ahead));
    CHECK(edited.ends_with(behind));
    constexpr std::array<std::string_view, 2> kTaken = {"x", "expiration"};
    const auto out = taken_out(text, "base", kTaken, Emptied::stays);
    REQUIRE(out);
    const std::string_view left = out->reveal_text();
    CHECK(left.starts_with(ahead));
    CHECK(left.ends_with(behind));
    const auto parsed = parse_ini(left);
    REQUIRE(parsed);
    for (const auto& property : properties_of(*std::ranges::find_if(*parsed, is_base), nothing_is_secret)) {
      CHECK_FALSE(std::ranges::contains(kTaken, property.key));
    }
    taken += left.size() < text.size();
  }
  CHECK(changed > 10'000);
  CHECK(added > 5'000);
  CHECK(taken > 5'000);
}

}  // namespace touchsts::codec
