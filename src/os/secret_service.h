// The desktop's Secret Service on the session's D-Bus (freedesktop.org, Secret Service API 0.2), in a plain session:
// the bus is a local socket whose other end is this user.
#pragma once

#include "io/environment.h"
#include "io/secret_store.h"

namespace touchsts::os {

class SecretService : public io::SecretStore {
 public:
  explicit SecretService(const io::Environment& environment) : environment_(environment) {}
  Result<std::optional<Secret>> find(const Attributes& attributes, Ask ask, Deadline deadline) override;
  Result<> keep(const std::string& label,
                const Attributes& attributes,
                const Secret& secret,
                Ask ask,
                Deadline deadline) override;
  Result<> remove(const Attributes& attributes, Deadline deadline) override;

 private:
  const io::Environment& environment_;
};

}  // namespace touchsts::os
