#include "card/account.h"

#include <doctest/doctest.h>

namespace touchsts::card {
namespace {

OathAccount named(std::string id) { return {.id = std::move(id)}; }

TEST_CASE("what an account's id says") {
  struct Case {
    std::string_view id, issuer, name;
    long long period;
  };
  static constexpr Case kCases[] = {
      {"alice", "", "alice", 30},
      {"ACME:alice", "ACME", "alice", 30},
      {"60/ACME:alice", "ACME", "alice", 60},
      {"60/alice", "", "alice", 60},
      {"0/alice", "", "0/alice", 30},
      {"60/", "", "60/", 30},
      {"x60/alice", "", "x60/alice", 30},
      {"a:b:c", "a", "b:c", 30},
      {":b", "", ":b", 30},
      {"a:", "", "a:", 30},
      {"99999999999/alice", "", "99999999999/alice", 30},
      {"arn:aws:iam::123456789012:mfa/ada", "arn", "aws:iam::123456789012:mfa/ada", 30},
  };
  for (const auto& [id, issuer, name, period] : kCases) {
    const OathAccount account = named(std::string(id));
    CAPTURE(id);
    CHECK(account.issuer() == issuer);
    CHECK(account.name() == name);
    CHECK(account.period().count() == period);
  }
  CHECK(OathAccount{.id = "60/a", .type = OathType::hotp}.period().count() == 0);
  CHECK(*make_id(Seconds(30), "ACME", "alice") == "ACME:alice");
  CHECK(*make_id(Seconds(60), "", "alice") == "60/alice");
  CHECK_FALSE(make_id(Seconds(30), "ACME", ""));
  CHECK(make_id(Seconds(30), "", std::string(64, 'a')));
  CHECK_FALSE(make_id(Seconds(30), "", std::string(65, 'a')));
}

TEST_CASE("an id is made of what it will be read as") {
  struct Case {
    std::string_view issuer, name, expected;  // the id, or "!" and part of the error
    long long period = 30;
  };
  static constexpr Case kCases[] = {
      {"", "ACME:alice", "ACME:alice"},
      {"ACME", "a:b", "ACME:a:b"},
      {"ACME", ":b", "ACME::b"},
      {"Müller", "ä😀", "Müller:ä😀"},
      {"60", "alice", "60:alice"},
      {"", "1/x", "60/1/x", 60},
      {"", "0/x", "0/x"},
      {"", "30/x", "30/x"},
      {"", ":alice", "!one side of the ':' is empty"},
      {"", "ACME:", "!one side of the ':' is empty"},
      {"", ":", "!one side of the ':' is empty"},
      {"AC:ME", "alice", "!the issuer 'AC:ME' contains a ':'"},
      {"", "al\nice", "!control characters"},
      {"AC\x1bME", "alice", "!control characters"},
      {"", "al\x7fice", "!control characters"},
      {"", "al\xc2\x9bice", "!control characters"},
      {"", "al\xffice", "!not UTF-8"},
      {"\xc3", "alice", "!not UTF-8"},
      {"", "1/x", "!read as a period of 1 s"},
      {"15/ACME", "alice", "!read as a period of 15 s"},
  };
  for (const auto& [issuer, name, expected, period] : kCases) {
    CAPTURE(issuer);
    CAPTURE(name);
    const auto id = make_id(Seconds(period), issuer, name);
    if (expected.starts_with('!')) {
      REQUIRE_FALSE(id);
      CHECK(id.error().fault == Fault::usage);
      CHECK(id.error().text.contains(expected.substr(1)));
    } else {
      REQUIRE(id);
      CHECK(*id == expected);
    }
  }
}

TEST_CASE("a label finds its account, and never one of several") {
  const OathAccount accounts[] = {
      named("ACME:alice"), named("60/ACME:bob"), named("Amazon:alice"), named("alice"), named("Long \x1b[31mname")};
  const auto found = [&](std::string_view label) {
    const auto account = find_label(accounts, label);
    return account ? account->id : "!" + account.error().text + "; " + account.error().hint;
  };
  CHECK(found("alice") == "alice");  // exact before contained
  CHECK(found("60/ACME:bob") == "60/ACME:bob");
  CHECK(found("ACME:bob") == "60/ACME:bob");
  CHECK(found("amazon") == "Amazon:alice");
  CHECK(found("LONG") == "Long \x1b[31mname");
  CHECK(found("acme") == "!2 accounts on the key fit 'acme'; name one of 'ACME:alice', 'ACME:bob'");
  CHECK(found("carol") ==
        "!the key has no account 'carol'; it has 'ACME:alice', 'ACME:bob', 'Amazon:alice', 'alice', 'Long ?[31mname'");
  CHECK(found("") == "!the name of an account is empty; touchsts oath list shows the accounts");
  CHECK(find_label({}, "x").error().hint.contains("touchsts oath add"));
}

TEST_CASE("one of several names") {
  const OathAccount accounts[] = {named("a:b"), named("60/c"), named("d")};
  CHECK(find_named(accounts, std::vector<std::string>{"x", "c"})->id == "60/c");
  CHECK_FALSE(find_named(accounts, std::vector<std::string>{"a:b", "d"}));
  CHECK_FALSE(find_named(accounts, std::vector<std::string>{"A:B"}));  // exactly
  CHECK_FALSE(find_named(accounts, {}));
}

}  // namespace
}  // namespace touchsts::card
