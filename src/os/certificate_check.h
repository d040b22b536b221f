// What a TLS server's chain of certificates has to meet beyond what the TLS library checks.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace touchsts::os {

// One chain, for one host. Every certificate is for TLS servers, if it says what it is for; the server's has a
// subjectAltName (RFC 9525, 6.3); no name lies outside the name constraints of an authority above (RFC 5280, 4.2.1.10).
class CertificateCheck {
 public:
  CertificateCheck() = default;
  explicit CertificateCheck(std::string host) : host_(std::move(host)) {}

  // allows is called for each certificate in DER, the root first; `depth` is 0 for the server's.
  bool allows(std::span<const std::byte> der, int depth);

  // objection says what was wrong first; nullptr when nothing was.
  [[nodiscard]] const char* objection() const { return objection_; }

 private:
  const char* judge(std::span<const std::byte> der, int depth);

  std::string host_;
  std::vector<std::vector<std::byte>> constraints_;  // of the authorities so far
  const char* objection_ = nullptr;
};

}  // namespace touchsts::os
