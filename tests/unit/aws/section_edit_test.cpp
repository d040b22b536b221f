#include "aws/section_edit.h"

#include <doctest/doctest.h>

namespace touchsts::aws {
namespace {

std::string named(std::string_view header, SharedFileKind file) {
  const auto name = section_name(header, file);
  return name ? name->name : "-";
}

std::string edited(std::string_view text, std::string_view name, SharedFileKind file) {
  const codec::IniChange change{.set = {{"k", "new"}}, .gone = {}};
  const auto after = with_section(text, name, file, change);
  return after ? std::string(after->reveal_text()) : "error: " + after.error().text;
}

SectionKeys held(std::string_view body) {
  const std::string text = "[x]\n" + std::string(body);
  const auto sections = codec::parse_ini(text);
  REQUIRE(sections);
  const auto keys = held_keys(sections->front());
  REQUIRE(keys);
  return *keys;
}

constexpr auto kConfig = SharedFileKind::config;
constexpr auto kCredentials = SharedFileKind::credentials;

}  // namespace

TEST_CASE("which profile a header is for") {
  CHECK(named("profile dev", kConfig) == "dev");
  CHECK(named("profile \t dev", kConfig) == "dev");
  CHECK(named("profile \"dev\"", kConfig) == "dev");
  CHECK(named("profile 'My Keys'", kConfig) == "My Keys");
  CHECK(named("profile My\\ Keys", kConfig) == "My Keys");
  CHECK(named("profile team,prod", kConfig) == "team,prod");
  CHECK(named("profile caf\u00e9", kConfig) == "caf\u00e9");
  CHECK(named("default", kConfig) == "default");
  for (const std::string_view none :
       {"profile My Keys", "profile", "profile ''", "profile 'open", "profiledev", "Profile dev", "dev", ""}) {
    CHECK(named(none, kConfig) == "-");
  }
  CHECK(named("My Keys", kCredentials) == "My Keys");
  CHECK(named("\"My Keys\"", kCredentials) == "My Keys");
  CHECK(named("a'b", kCredentials) == "a'b");
  CHECK(named("profile dev", kCredentials) == "-");
  CHECK(named("", kCredentials) == "-");
}

TEST_CASE("the section that is there is edited, however it is written") {
  for (const std::string_view header :
       {"profile dev", "profile \"dev\"", "profile  dev", "profile\tdev", "profile 'dev'"}) {
    const std::string text = "[" + std::string(header) + "]\nk = old\n[profile other]\n";
    CHECK(edited(text, "dev", kConfig) == "[" + std::string(header) + "]\nk = new\n[profile other]\n");
  }
  CHECK(edited("[\"My Keys\"]\nk = old\n", "My Keys", kCredentials) == "[\"My Keys\"]\nk = new\n");
  CHECK(edited("[default]\nk = a\n[profile default]\nk = b\n", "default", kConfig) ==
        "[default]\nk = a\n[profile default]\nk = new\n");
  CHECK(edited("[profile default]\nk = b\n[default]\nk = a\n", "default", kConfig) ==
        "[profile default]\nk = new\n[default]\nk = a\n");
  CHECK(edited("[profile a]\n[profile \"a\"]\n", "a", kConfig) ==
        "error: there are two sections for a: [profile a] in line 1 and [profile \"a\"] in line 2");
}

TEST_CASE("a new section is called as AWS's own program calls it") {
  CHECK(edited("", "dev", kConfig) == "[profile dev]\nk = new\n");
  CHECK(edited("", "default", kConfig) == "[default]\nk = new\n");
  CHECK(edited("", "My Keys", kConfig) == "[profile 'My Keys']\nk = new\n");
  CHECK(edited("", "My Keys", kCredentials) == "[My Keys]\nk = new\n");
  for (const std::string_view bad : {"", " a", "a ", "a]b", "a\nb", "\"a\"", "'a'", "a\x1b"}) {
    CHECK(edited("", bad, kCredentials).starts_with("error: "));
  }
  for (const std::string_view bad : {"it's mine", "a]", ""}) {
    CHECK(edited("", bad, kConfig).starts_with("error: "));
  }
}

TEST_CASE("keys that could be lost are seen, however they are written") {
  CHECK(held("region = x\n") == SectionKeys::none);
  CHECK(held("aws_access_key_id =\naws_secret_access_key =\n") == SectionKeys::none);
  CHECK(held("aws_access_key_id = A\naws_secret_access_key = s\naws_session_token = t\n") == SectionKeys::temporary);
  CHECK(held("aws_access_key_id = A\naws_secret_access_key = s\naws_security_token = t\n") == SectionKeys::temporary);
  for (const std::string_view body : {"aws_access_key_id = A\naws_secret_access_key = s\n",
                                      "aws_access_key_id = A\n",
                                      "AWS_SECRET_ACCESS_KEY=s\n",
                                      "aws_secret_access_key\u00a0= s\n",
                                      "aws_secret_access_key = s\naws_session_token =\n"}) {
    CHECK(held(body) == SectionKeys::long_term);
  }
  // A token that the reading of profiles does not see makes no keys temporary.
  for (const std::string_view token : {"aws_session_token = # none\n",
                                       "aws_session_token = ; x\n",
                                       "aws_security_token =\t#\n",
                                       "aws_session_token =\n  # none\n",
                                       "aws_session_token =\n  below = x\n",
                                       "aws_session_token = t\naws_session_token = # none\n"}) {
    CAPTURE(token);
    CHECK(held("aws_access_key_id = A\naws_secret_access_key = s\n" + std::string(token)) == SectionKeys::long_term);
  }
  CHECK(held("aws_secret_access_key = s\naws_session_token = t # mine\n") == SectionKeys::temporary);
  CHECK(held("aws_access_key_id = # none\naws_secret_access_key = ; none\n") == SectionKeys::none);
  CHECK(held("aws_access_key_id = A\naws_access_key_id =\n") == SectionKeys::long_term);
  CHECK(held("aws_secret_access_key =\n  below = x\n") == SectionKeys::long_term);
  const auto sections = codec::parse_ini("[x]\n; aws_secret_access_key: a\n\nAWS_Secret_Access_Key: a=\n");
  const auto keys = held_keys(sections->front());
  REQUIRE_FALSE(keys);
  CHECK(keys.error().text == "line 4 is no property that touchsts knows");
}

}  // namespace touchsts::aws
