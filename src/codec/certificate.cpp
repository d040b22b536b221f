#include "codec/certificate.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/der.h"

namespace touchsts::codec {
namespace {

constexpr unsigned kBoolean = 0x01;
constexpr unsigned kOctetString = 0x04;
constexpr unsigned kObjectIdentifier = 0x06;
constexpr unsigned kVersion = 0xA0;     // [0] EXPLICIT
constexpr unsigned kExtensions = 0xA3;  // [3] EXPLICIT

using Bytes = std::span<const std::byte>;

constexpr std::array<std::uint8_t, 3> kSubjectAltName = {0x55, 0x1D, 0x11};       // 2.5.29.17
constexpr std::array<std::uint8_t, 3> kNameConstraints = {0x55, 0x1D, 0x1E};      // 2.5.29.30
constexpr std::array<std::uint8_t, 3> kExtendedKeyUsage = {0x55, 0x1D, 0x25};     // 2.5.29.37
constexpr std::array<std::uint8_t, 8> kServerAuth = {0x2B, 6, 1, 5, 5, 7, 3, 1};  // 1.3.6.1.5.5.7.3.1

bool is(Bytes identifier, std::span<const std::uint8_t> known) {
  return std::ranges::equal(identifier, std::as_bytes(known));
}

struct Certificate {
  Bytes issuer;
  Bytes subject;
  Bytes rest;  // what follows in the tbsCertificate
};

std::optional<Certificate> opened(Bytes certificate) {
  auto outer = take_der_content(certificate, kDerSequence);
  if (!outer) {
    return std::nullopt;
  }
  const auto fields = take_der_content(*outer, kDerSequence);  // tbsCertificate
  if (!fields) {
    return std::nullopt;
  }
  auto rest = *fields;
  if (!rest.empty() && std::to_integer<unsigned>(rest[0]) == kVersion) {
    (void)take_der_item(rest);
  }
  const auto serial = take_der_item(rest);
  const auto signature = take_der_item(rest);
  const auto issuer = take_der_item(rest);
  const auto validity = take_der_item(rest);
  const auto subject = take_der_item(rest);
  if (!serial || !signature || !issuer || !validity || !subject || subject->tag != kDerSequence) {
    return std::nullopt;
  }
  return Certificate{issuer->whole, subject->whole, rest};
}

struct Extension {
  Bytes identifier;
  Bytes value;
};

std::optional<Extension> take_extension(Bytes& rest) {
  auto fields = take_der_content(rest, kDerSequence);
  if (!fields) {
    return std::nullopt;
  }
  const auto identifier = take_der_content(*fields, kObjectIdentifier);
  auto value = take_der_item(*fields);
  if (value && value->tag == kBoolean) {  // critical
    value = take_der_item(*fields);
  }
  if (!identifier || !value || value->tag != kOctetString || !fields->empty()) {
    return std::nullopt;
  }
  return Extension{*identifier, value->content};
}

// The one SEQUENCE that an extension's value is.
bool keep(std::optional<Bytes>& part, Bytes value) {
  const auto content = take_der_content(value, kDerSequence);
  if (part || !content || !value.empty()) {
    return false;
  }
  part = content;
  return true;
}

}  // namespace

std::optional<Bytes> certificate_subject(Bytes certificate) {
  const auto found = opened(certificate);
  return found ? std::optional(found->subject) : std::nullopt;
}

std::optional<CertificateParts> certificate_parts(Bytes certificate) {
  const auto found = opened(certificate);
  if (!found) {
    return std::nullopt;
  }
  CertificateParts parts{.subject = found->subject, .self_issued = std::ranges::equal(found->issuer, found->subject)};
  auto rest = found->rest;
  while (!rest.empty()) {  // the key, unique identifiers, extensions
    auto item = take_der_item(rest);
    if (!item) {
      return std::nullopt;
    }
    if (item->tag != kExtensions) {
      continue;
    }
    auto extensions = take_der_content(item->content, kDerSequence);
    while (extensions && !extensions->empty()) {
      const auto extension = take_extension(*extensions);
      if (!extension ||
          (is(extension->identifier, kSubjectAltName) && !keep(parts.alternative_names, extension->value)) ||
          (is(extension->identifier, kNameConstraints) && !keep(parts.name_constraints, extension->value)) ||
          (is(extension->identifier, kExtendedKeyUsage) && !keep(parts.extended_key_usage, extension->value))) {
        return std::nullopt;
      }
    }
    if (!extensions) {
      return std::nullopt;
    }
  }
  return parts;
}

bool allows_tls_server(const CertificateParts& certificate) {
  if (!certificate.extended_key_usage) {
    return true;
  }
  auto rest = *certificate.extended_key_usage;
  while (!rest.empty()) {
    const auto purpose = take_der_content(rest, kObjectIdentifier);
    if (!purpose) {
      return false;
    }
    if (is(*purpose, kServerAuth)) {
      return true;
    }
  }
  return false;
}

}  // namespace touchsts::codec
