// The kernel's keyrings through keyctl(2).
#pragma once

#include "io/environment.h"
#include "io/keyring.h"

namespace touchsts::os {

class KernelKeyring : public io::Keyring {
 public:
  explicit KernelKeyring(const io::Environment& environment) : environment_(environment) {}

  std::optional<Secret> find(const std::string& description, io::KeyringScope scope) override;
  Result<> keep(const std::string& description,
                const Secret& payload,
                Seconds lifetime,
                io::KeyringScope scope) override;
  void drop(const std::string& description, io::KeyringScope scope) override;
  Result<> probe(io::KeyringScope scope) override;
  std::string scope_name(io::KeyringScope scope) override;

 private:
  io::KeyringScope resolve(io::KeyringScope scope) const;
  [[nodiscard]] long search(const std::string& description, io::KeyringScope scope) const;  // negative: not there
  const io::Environment& environment_;
};

}  // namespace touchsts::os
