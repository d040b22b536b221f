#include "settings/toml_writer.h"

#include <doctest/doctest.h>

#include "settings/own_config.h"

namespace touchsts::settings {
namespace {

std::string property(std::string_view key, std::string_view text) {
  const auto made = toml_property(key, text);
  return made ? *made : "error: " + made.error().text;
}

}  // namespace

TEST_CASE("values are written as the type of their key") {
  CHECK(property("duration_seconds", "900") == "duration_seconds = 900\n");
  CHECK(property("duration_seconds", " 900 ") == "duration_seconds = 900\n");
  CHECK(property("use_fips_endpoint", "True") == "use_fips_endpoint = true\n");
  CHECK(property("policy_arns", "a, b\nc") == "policy_arns = [\"a\", \"b\", \"c\"]\n");
  CHECK(property("tags", "a=b, c d = e=\"f") == "tags = {\"a\" = \"b\", \"c d\" = \"e=\\\"f\"}\n");
  CHECK(property("role_session_name", "q\"\\\n\x7f\t") == "role_session_name = \"q\\\"\\\\\\u000a\\u007f\\u0009\"\n");
  for (const auto& [key, text] : {std::pair("duration_seconds", "900\n[profile.evil]"),
                                  std::pair("duration_seconds", "9 00"),
                                  std::pair("duration_seconds", "9e2"),
                                  std::pair("duration_seconds", ""),
                                  std::pair("use_fips_endpoint", "yes"),
                                  std::pair("tags", "a"),
                                  std::pair("aws_secret_access_key", "x"),
                                  std::pair("no_such_key", "x")}) {
    CHECK(property(key, text).starts_with("error: "));
  }
}

TEST_CASE("a profile is written so that it is read back, and nothing else changes") {
  constexpr std::string_view kBefore =
      "allowed_endpoints = [\"https://x.example\"]\n[profile.a]\nregion = \"r\"  # mine";
  const TomlProperties keys = {{"role_session_name", "x\n[profile.evil]\nmfa_process = \"touch x\""},
                               {"duration_seconds", "900"}};
  for (const std::string_view name : {"b", "b.c", "b\"]\n[profile.evil]", "caf\u00e9", "a b", ""}) {
    CAPTURE(name);
    const auto after = with_profile(kBefore, name, keys);
    REQUIRE(after);
    CHECK(after->starts_with(kBefore));
    const auto read = parse_own_config(*after, "");
    REQUIRE(read);
    REQUIRE(read->profiles.size() == 2);
    CHECK(read->profiles.find(name)->second.text("role_session_name") == keys.front().second);
    CHECK(read->profiles.find(name)->second.text("duration_seconds") == "900");
  }
  CHECK_FALSE(with_profile(kBefore, "a", keys));                  // it is there
  CHECK_FALSE(with_profile("[profile.x", "b", keys));             // what is there is no TOML
  CHECK_FALSE(with_profile(kBefore, "b", {{"region", "\xff"}}));  // no UTF-8
}

}  // namespace touchsts::settings
