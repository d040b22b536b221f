// The credential endpoint, over cpp-httplib in a jailed process.
#pragma once

#include "io/credential_endpoint.h"

namespace touchsts::os {

class LoopbackEndpoints : public io::CredentialEndpoints {
 public:
  bool jailed() override;
  Result<std::unique_ptr<io::CredentialEndpoint>> open(std::uint16_t port) override;
};

}  // namespace touchsts::os
