#include "codec/name_constraints.h"

#include <doctest/doctest.h>

#include "fake/der.h"
#include "fake/hex.h"

namespace touchsts::codec {
namespace {

using fake::bytes_from_hex;
using fake::Der;
using fake::joined;
Der dns(std::string_view name) { return fake::der_item(0x82, fake::der_text(name)); }
Der mail(std::string_view name) { return fake::der_item(0x81, fake::der_text(name)); }
Der address(std::string_view hex) { return fake::der_item(0x87, bytes_from_hex(hex)); }

// A Name of organisations, as strings of type `tag`.
Der organisations(std::initializer_list<std::string_view> names, unsigned tag = 0x0C) {
  Der all;
  for (const std::string_view name : names) {
    const auto one = fake::der_item(
        0x31, fake::der_item(0x30, joined({bytes_from_hex("0603 55040A"), fake::der_item(tag, fake::der_text(name))})));
    all.insert(all.end(), one.begin(), one.end());
  }
  return fake::der_item(0x30, all);
}

Der subtrees(unsigned tag, std::initializer_list<Der> bases) {
  Der all;
  for (const Der& base : bases) {
    const auto one = fake::der_item(0x30, base);
    all.insert(all.end(), one.begin(), one.end());
  }
  return fake::der_item(tag, all);
}

Der permitted(std::initializer_list<Der> bases) { return subtrees(0xA0, bases); }
Der excluded(std::initializer_list<Der> bases) { return subtrees(0xA1, bases); }

struct Server {
  Der subject = fake::der_item(0x30, {});
  Der names;

  [[nodiscard]] CertificateParts parts() const {
    CertificateParts made;
    made.subject = subject;
    made.alternative_names = names;
    return made;
  }
};

NameScope judge(const Der& constraints, const Der& names) {
  const Server server{.names = names};
  return names_within(constraints, server.parts(), Issued::to_server);
}

TEST_CASE("DNS names lie in the subtrees of their suffixes") {
  struct Case {
    std::string_view base, name;
    bool matches;
  };
  for (const auto& [base, name, matches] : {Case{"example.com", "example.com", true},
                                            Case{"example.com", "a.b.EXAMPLE.com", true},
                                            Case{"example.com", "badexample.com", false},
                                            Case{"example.com", "com", false},
                                            Case{".example.com", "a.example.com", true},
                                            Case{".example.com", "example.com", false},
                                            Case{"example.com", "*.example.com", true},
                                            Case{"", "any.thing", true}}) {
    CAPTURE(base);
    CAPTURE(name);
    CHECK(judge(permitted({dns(base)}), dns(name)) == (matches ? NameScope::within : NameScope::outside));
    CHECK(judge(excluded({dns(base)}), dns(name)) == (matches ? NameScope::outside : NameScope::within));
    CHECK(host_within(permitted({dns(base)}), name) == (matches ? NameScope::within : NameScope::outside));
  }
}

TEST_CASE("every name has to be in one of the permitted subtrees of its kind, and in none of the excluded") {
  const auto constraints = joined(
      {permitted({dns("a.example"), dns("b.example"), address("0A000000 FF000000")}), excluded({dns("x.a.example")})});
  CHECK(judge(constraints, joined({dns("a.example"), dns("www.b.example")})) == NameScope::within);
  CHECK(judge(constraints, joined({dns("a.example"), dns("c.example")})) == NameScope::outside);
  CHECK(judge(constraints, joined({dns("a.example"), dns("y.x.a.example")})) == NameScope::outside);
  CHECK(judge(constraints, joined({dns("a.example"), address("0A010203")})) == NameScope::within);
  CHECK(judge(constraints, joined({dns("a.example"), address("0B010203")})) == NameScope::outside);
  CHECK(judge(constraints, joined({dns("a.example"), address("20010DB8000000000000000000000001")})) ==
        NameScope::outside);
  CHECK(judge(constraints, joined({dns("a.example"), mail("ada@c.example")})) ==
        NameScope::within);  // a kind that is not constrained
}

TEST_CASE("what comes twice is unclear") {
  const auto twice = [](const Der& one, const Der& other) { return fake::der_item(0x30, joined({one, other})); };
  CHECK(host_within(twice(excluded({dns("a.example")}), excluded({dns("b.example")})), "www.a.example") ==
        NameScope::unclear);
  CHECK(host_within(twice(permitted({dns("a.example")}), permitted({dns("b.example")})), "www.a.example") ==
        NameScope::unclear);
}

TEST_CASE("what cannot be judged is unclear") {
  CHECK(judge(permitted({mail("example.com")}), joined({dns("a.example"), mail("ada@example.com")})) ==
        NameScope::unclear);
  CHECK(judge(permitted({mail("example.com")}), dns("a.example")) == NameScope::within);
  CHECK(judge(permitted({address("0A000000")}), address("0A000001")) == NameScope::unclear);  // no mask
  CHECK(judge(permitted({joined({dns("a.example"), fake::der_item(0x80, {std::byte{1}})})}), dns("a.example")) ==
        NameScope::unclear);  // a minimum
  CHECK(judge(bytes_from_hex("A0"), dns("a.example")) == NameScope::unclear);
  CHECK(judge(bytes_from_hex("0500"), dns("a.example")) == NameScope::unclear);
  CHECK(judge(permitted({dns("a.example")}), bytes_from_hex("8205")) == NameScope::unclear);
  CHECK(host_within(bytes_from_hex("0500"), "a.example") == NameScope::unclear);
}

TEST_CASE("the subject is a directory name: compared by RDN from the front, without case and odd blanks") {
  const auto within_acme = permitted({fake::der_item(0xA4, organisations({"ACME Inc"}))});
  const auto judged = [&](const Der& subject) {
    const Server server{.subject = subject, .names = dns("a.example")};
    return names_within(within_acme, server.parts(), Issued::to_server);
  };
  CHECK(judged(organisations({"ACME Inc"})) == NameScope::within);
  CHECK(judged(organisations({"ACME Inc", "Sales"})) == NameScope::within);
  CHECK(judged(organisations({" acme  INC "}, 0x13)) == NameScope::within);
  CHECK(judged(organisations({std::string_view("\0A\0C\0M\0E\0 \0I\0n\0c", 16)}, 0x1E)) ==
        NameScope::within);  // a BMPString
  CHECK(judged(organisations({"Sales", "ACME Inc"})) == NameScope::outside);
  CHECK(judged(organisations({"ACME"})) == NameScope::outside);
  CHECK(judged(fake::der_item(0x30, {})) == NameScope::within);  // no subject
}

TEST_CASE("a host name that is a common name alone counts as DNS name; so do mail addresses in the subject") {
  const auto common = [](std::string_view name) {
    return fake::der_item(
        0x30,
        fake::der_item(
            0x31,
            fake::der_item(0x30, joined({bytes_from_hex("0603 550403"), fake::der_item(0x0C, fake::der_text(name))}))));
  };
  const Server server{.subject = common("www.other.example"), .names = address("0A000001")};
  CHECK(names_within(permitted({dns("example.com")}), server.parts(), Issued::to_server) == NameScope::outside);
  CHECK(names_within(permitted({dns("example.com")}), server.parts(), Issued::to_authority) == NameScope::within);
  const Server named{.subject = common("www.other.example"), .names = dns("example.com")};
  CHECK(names_within(permitted({dns("example.com")}), named.parts(), Issued::to_server) == NameScope::within);
  const Server words{.subject = common("The Server"), .names = address("0A000001")};
  CHECK(names_within(permitted({dns("example.com")}), words.parts(), Issued::to_server) == NameScope::within);
  const auto mailed =
      fake::der_item(0x30,
                     fake::der_item(0x31,
                                    fake::der_item(0x30,
                                                   joined({bytes_from_hex("0609 2A864886F70D010901"),
                                                           fake::der_item(0x16, fake::der_text("ada@example.com"))}))));
  const Server ada{.subject = mailed, .names = dns("example.com")};
  CHECK(names_within(excluded({mail("example.com")}), ada.parts(), Issued::to_server) == NameScope::unclear);
}

}  // namespace
}  // namespace touchsts::codec
