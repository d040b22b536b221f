#include "codec/certificate.h"

#include <doctest/doctest.h>

#include "fake/der.h"
#include "fake/hex.h"

namespace touchsts::codec {

namespace {

using fake::bytes_from_hex;
using fake::Der;
using fake::joined;

TEST_CASE("a certificate's subject is its sixth field, or its fifth in version 1") {
  const auto v3 = bytes_from_hex("3014 3012 A003020102 020101 3000 3000 3000 3002 0500");
  const auto v1 = bytes_from_hex("3011 300F 020101 3000 3000 3000 3002 0500 0500");
  REQUIRE(certificate_subject(v3));
  CHECK(certificate_subject(v3)->size() == 4);
  REQUIRE(certificate_subject(v1));
  CHECK(certificate_subject(v1)->size() == 4);
  CHECK_FALSE(certificate_subject(bytes_from_hex("3005 3003 020101")));
}

// An extension of 2.5.29.NUMBER; `critical` is nothing, or a BOOLEAN.
Der extension(std::uint8_t number, const Der& value, const Der& critical = {}) {
  const Der identifier = fake::der_item(6, {std::byte{0x55}, std::byte{0x1D}, std::byte{number}});
  return fake::der_item(0x30, joined({identifier, critical, fake::der_item(4, value)}));
}

Der certificate(std::initializer_list<Der> extensions) {
  const Der version = bytes_from_hex("A003020102 020101 3000");
  const Der names_and_key = bytes_from_hex("30023100 3000 30023100 3000");  // issuer, validity, subject, key
  const Der all = fake::der_item(0xA3, fake::der_item(0x30, joined(extensions)));
  return fake::der_item(0x30, fake::der_item(0x30, joined({version, names_and_key, all})));
}

constexpr std::uint8_t kKeyUsage = 15;
constexpr std::uint8_t kAlternativeName = 17;
constexpr std::uint8_t kConstraints = 30;
constexpr std::uint8_t kExtendedUsage = 37;

TEST_CASE("parts of a certificate") {
  const auto whole = certificate({extension(kKeyUsage, bytes_from_hex("03020186"), bytes_from_hex("0101FF")),
                                  extension(kAlternativeName, bytes_from_hex("3003820161")),
                                  extension(kConstraints, bytes_from_hex("3000"), bytes_from_hex("0101FF")),
                                  extension(kExtendedUsage, bytes_from_hex("3006 0604551D2500"))});
  const auto parts = certificate_parts(whole);
  REQUIRE(parts);
  CHECK(parts->self_issued);
  REQUIRE(parts->alternative_names);
  CHECK(parts->alternative_names->size() == 3);
  REQUIRE(parts->name_constraints);
  CHECK(parts->name_constraints->empty());
  CHECK_FALSE(allows_tls_server(*parts));
}

TEST_CASE("an extension that is there twice, or has something behind it, makes a certificate malformed") {
  const auto names = extension(kAlternativeName, bytes_from_hex("3003820161"));
  CHECK(certificate_parts(certificate({names})));
  CHECK_FALSE(certificate_parts(certificate({names, names})));
  CHECK_FALSE(certificate_parts(certificate({extension(kAlternativeName, bytes_from_hex("3003820161 00"))})));
  CHECK_FALSE(certificate_parts(certificate({extension(kConstraints, bytes_from_hex("0500"))})));
  CHECK_FALSE(certificate_parts(certificate({bytes_from_hex("3000")})));
}

TEST_CASE("what a certificate is for: serverAuth, among others or alone, or nothing said") {
  const auto allowed = [](std::string_view usages) {
    const auto content = bytes_from_hex(usages);
    CertificateParts parts;
    parts.extended_key_usage = content;
    return allows_tls_server(parts);
  };
  CHECK(allows_tls_server({}));
  CHECK(allowed("06082B06010505070301"));
  CHECK(allowed("06082B06010505070302 06082B06010505070301"));
  CHECK_FALSE(allowed("06082B06010505070302"));  // clientAuth
  CHECK_FALSE(allowed("0604551D2500"));          // anyExtendedKeyUsage
  CHECK_FALSE(allowed(""));
  CHECK_FALSE(allowed("0608"));
}

}  // namespace
}  // namespace touchsts::codec
