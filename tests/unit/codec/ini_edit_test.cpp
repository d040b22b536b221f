#include "codec/ini_edit.h"

#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "codec/ini.h"

namespace touchsts::codec {
namespace {

constexpr std::array<std::string_view, 2> kGone = {"aws_access_key_id", "aws_secret_access_key"};

std::string without(std::string_view text, std::string_view header = "base") {
  const auto edited = without_properties(text, header, kGone);
  return edited ? std::string(edited->reveal_text()) : edited.error().text;
}

bool nothing_is_secret(std::string_view) { return false; }

// Sections and properties, as one text.
std::string meaning(std::string_view text, bool without_gone, std::string_view header) {
  const auto sections = parse_ini(text, nothing_is_secret);
  if (!sections) {
    return "no";
  }
  std::string all;
  for (const auto& section : *sections) {
    std::string one;
    for (const auto& property : section.properties) {
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
    all += section.header == header && one.empty() ? "" : "[" + section.header + "]\n" + one;
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
  CHECK(without("[ base\t]\naws_secret_access_key =\n  S\n\n  T\nregion = x\n") == "[ base\t]\n\nregion = x\n");
}

TEST_CASE("a section that has nothing left goes as a whole") {
  CHECK(without("[a]\nx = 1\n\n[base]\naws_access_key_id = A\naws_secret_access_key = S\n\n[b]\ny = 2\n") ==
        "[a]\nx = 1\n\n[b]\ny = 2\n");
  CHECK(without("[base]\naws_access_key_id = A\n").empty());
  CHECK(without("[base]\naws_access_key_id = A\n# a note\n") == "[base]\n# a note\n");
}

TEST_CASE("what is not there once is an error") {
  CHECK(without("[other]\nx = 1\n") == "there is no section [base]");
  CHECK(without("[base]\nx = 1\n[ base ]\ny = 1\n") == "there are two sections [base]");
  CHECK(without("").contains("no section"));
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
    const auto after = without_properties(text, "base", kGone);
    const std::string before = meaning(text, true, "base");
    if (before == "no" || !after) {
      continue;
    }
    ++edited;
    CHECK_MESSAGE(meaning(after->reveal_text(), false, "base") == before, text);
  }
  CHECK(edited > 1000);
}

}  // namespace touchsts::codec
