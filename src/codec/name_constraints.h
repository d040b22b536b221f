// Name constraints of X.509 authorities (RFC 5280, 4.2.1.10): for which names an authority may issue certificates.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "codec/certificate.h"

namespace touchsts::codec {

// Where names stand: `unclear` is a name of a kind that is constrained, but whose constraints are not understood here
// (mail addresses, URIs, other names), or constraints that are malformed. Only `within` may be trusted.
enum class NameScope { within, outside, unclear };

// Whether a certificate is at the end of its chain.
enum class Issued { to_server, to_authority };

// names_within judges all names of a certificate: its subject, its subjectAltName, mail addresses in the subject, and
// for a server without DNS names its common name. `constraints` is the content of NameConstraints.
NameScope names_within(std::span<const std::byte> constraints, const CertificateParts& certificate, Issued issued);

// host_within judges the DNS name that was asked for; a wildcard in the certificate may stand for more than it may.
NameScope host_within(std::span<const std::byte> constraints, std::string_view host);

}  // namespace touchsts::codec
