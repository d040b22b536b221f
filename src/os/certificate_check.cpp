#include "os/certificate_check.h"

#include <algorithm>
#include <optional>

#include "codec/certificate.h"
#include "codec/name_constraints.h"

namespace touchsts::os {
namespace {

const char* objection_to(codec::NameScope scope) {
  switch (scope) {
    case codec::NameScope::within:
      return nullptr;
    case codec::NameScope::outside:
      return "an authority in the chain may not issue certificates for this name (name constraints)";
    case codec::NameScope::unclear:
      break;
  }
  return "an authority in the chain has name constraints that are not supported";
}

}  // namespace

bool CertificateCheck::allows(std::span<const std::byte> der, int depth) {
  const char* const found = judge(der, depth);
  if (objection_ == nullptr) {
    objection_ = found;
  }
  return found == nullptr;
}

const char* CertificateCheck::judge(std::span<const std::byte> der, int depth) {
  const auto certificate = codec::certificate_parts(der);
  if (!certificate) {
    return "a certificate in the chain is malformed";
  }
  if (!codec::allows_tls_server(*certificate)) {
    return depth == 0 ? "the certificate is not for TLS servers" : "an authority in the chain is not for TLS servers";
  }
  if (depth == 0 && !certificate->alternative_names) {
    return "the certificate names its host in no subjectAltName";
  }
  if (depth == 0 || !certificate->self_issued) {  // RFC 5280, 4.2.1.10: self-issued authorities are exempt
    const auto issued = depth == 0 ? codec::Issued::to_server : codec::Issued::to_authority;
    for (const auto& constraints : constraints_) {
      const char* objection = objection_to(codec::names_within(constraints, *certificate, issued));
      if (objection == nullptr && depth == 0) {
        objection = objection_to(codec::host_within(constraints, host_));
      }
      if (objection != nullptr) {
        return objection;
      }
    }
  }
  if (depth > 0 && certificate->name_constraints) {
    constraints_.emplace_back(certificate->name_constraints->begin(), certificate->name_constraints->end());
  }
  return nullptr;
}

}  // namespace touchsts::os
