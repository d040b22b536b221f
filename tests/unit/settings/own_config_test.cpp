#include "settings/own_config.h"

#include <doctest/doctest.h>

#include "settings/toml_guard.h"

namespace touchsts::settings {
namespace {

std::string problem(std::string_view text) {
  const auto config = parse_own_config(text, "config.toml");
  return config ? "" : config.error().text;
}

}  // namespace

TEST_CASE("every key of config.toml") {
  const auto config = parse_own_config(R"(
allowed_endpoints = ["https://localhost:4566", "http://127.0.0.1"]
[defaults]
region = "eu-west-1"
duration_seconds = 3600
use_fips_endpoint = true
[cache]
key_file = "/k"
keyring_scope = "session"
enabled = false
[profile.dev]
role_arn = "arn:aws:iam::123456789012:role/dev"
policy_arns = ["a", "b"]
mfa_process = "code --get"
[profile.dev.tags]
team = "x y"
[profile."a b"]
region = "us-east-1"
)",
                                       "config.toml");
  REQUIRE(config);
  CHECK(config->allowed_endpoints.size() == 2);
  CHECK(config->allowed_endpoints[0] == codec::Origin{"https", "localhost", 4566});
  CHECK(config->defaults.text("duration_seconds") == "3600");
  CHECK(config->defaults.text("use_fips_endpoint") == "true");
  CHECK(config->key_file == "/k");
  CHECK(config->keyring_scope == io::KeyringScope::session);
  CHECK_FALSE(config->cache_enabled);
  const auto& dev = config->profiles.find("dev")->second;
  CHECK(dev.text("policy_arns") == "a,b");
  CHECK(dev.find("tags")->sub[0] == std::pair<std::string, std::string>("team", "x y"));
  CHECK(dev.find("role_arn")->place.line == 12);
  CHECK(config->profiles.contains("a b"));
}

TEST_CASE("what config.toml does not have is an error with its line") {
  struct Case {
    std::string_view text, part;
  };
  static constexpr Case kCases[] = {
      {"x = 1", "line 1: there is no key 'x'"},
      {"[defaults]\nregoin = \"a\"", "line 2: there is no key 'regoin'"},
      {"[defaults]\nrole_arn = \"a\"", "belongs into a [profile.NAME]"},
      {"[profile.a]\nregion = 1", "must be a text"},
      {"[profile.a]\nduration_seconds = \"1\"", "must be a whole number"},
      {"[profile.a]\nuse_fips_endpoint = 1", "must be true or false"},
      {"[profile.a]\npolicy_arns = \"a\"", "must be a list"},
      {"[profile.a]\npolicy_arns = [1]", "must be a list of texts"},
      {"[profile.a]\ntags = [\"a\"]", "must be a table"},
      {"[profile.a]\naws_secret_access_key = \"s\"", "there is no key"},
      {"[cache]\nx = 1", "not 'x'"},
      {"[cache]\nkeyring_scope = \"x\"", "no keyring scope"},
      {"allowed_endpoints = \"a\"", "must be a list"},
      {"allowed_endpoints = [\"a\"]", "must start with http"},
      {"profile = 1", "'profile' must be a table of tables"},
      {"[profile.a]\npin_entry = /usr/bin/x", "line 2:"},
      {"a = ", "line 1"},
      {"a = [0'\xC3\xBC\xE2\xBF\xBB'", "line 1"},  // letters that toml++ takes for blanks, if we let it
  };
  for (const auto& [text, part] : kCases) {
    CAPTURE(text);
    CAPTURE(problem(text));
    CHECK(problem(text).contains(part));
  }
}

TEST_CASE("the guard before the TOML library") {
  CHECK(guard_toml("a = \"\xC3\xBC # no comment\" # \xC3\xBC\n'''\n\"'''\n"));
  const std::string_view refused[] = {std::string_view("a\0b", 3),
                                      "[&",
                                      "a = \x01",
                                      "\xC3\xBC = 1",
                                      "a = \"b\nc\"",
                                      "a = \"b",
                                      "'''x",
                                      "a\x7F",
                                      "l=[}",
                                      "l=[1]]",
                                      "t={a=[1}",
                                      "# \x1B"};
  for (const std::string_view text : refused) {
    CAPTURE(text);
    CHECK_FALSE(guard_toml(text));
  }
  CHECK(guard_toml("[a.\"]\"]\nl = [[1], {b = [\"}\"]}] # ]}\n"));
  CHECK_FALSE(guard_toml(std::string(kTomlLimit + 1, ' ')));
  CHECK(guard_toml(std::string(kTomlLimit, ' ')));
  CHECK_FALSE(guard_toml("a = " + std::string(33, '[')));
  std::string key = "a";
  for (int i = 0; i < 16; ++i) {
    key += ".a";
  }
  CHECK_FALSE(guard_toml(key + " = 1"));
  CHECK(guard_toml(key.substr(2) + " = 1"));
}

}  // namespace touchsts::settings
