// The parts of an X.509 certificate that the TLS library does not hand out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace touchsts::codec {

// certificate_subject is the subject Name of an X.509 certificate (RFC 5280, 4.1), header included.
std::optional<std::span<const std::byte>> certificate_subject(std::span<const std::byte> certificate);

// CertificateParts views parts of a certificate in DER. `subject` has its header, the others are contents.
struct CertificateParts {
  std::span<const std::byte> subject;                            // a Name
  bool self_issued = false;                                      // issuer and subject are the same
  std::optional<std::span<const std::byte>> alternative_names;   // GeneralNames (RFC 5280, 4.2.1.6)
  std::optional<std::span<const std::byte>> name_constraints;    // NameConstraints (RFC 5280, 4.2.1.10)
  std::optional<std::span<const std::byte>> extended_key_usage;  // ExtKeyUsageSyntax (RFC 5280, 4.2.1.12)
};

// certificate_parts finds them; nothing when the certificate is malformed or has one of these extensions twice.
std::optional<CertificateParts> certificate_parts(std::span<const std::byte> certificate);

// allows_tls_server: the certificate has no extended key usage, or one that names serverAuth. As for OpenSSL,
// anyExtendedKeyUsage does not name it.
bool allows_tls_server(const CertificateParts& certificate);

}  // namespace touchsts::codec
