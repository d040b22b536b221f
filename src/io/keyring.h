// The kernel's key retention service (keyrings(7)): keys that live in the kernel's memory and never on a disk.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::io {

enum class KeyringScope { automatic, persistent, user, session, off };

class Keyring {
 public:
  virtual ~Keyring() = default;

  // find returns the payload of our key `description`, or nothing when it is not there or there is no usable keyring
  // (containers deny the calls in several ways; all of them mean "absent").
  virtual std::optional<Secret> find(const std::string& description, KeyringScope scope) = 0;

  // keep stores it; it goes by itself after `lifetime`. The error says why there is no usable keyring.
  virtual Result<> keep(const std::string& description,
                        const Secret& payload,
                        Seconds lifetime,
                        KeyringScope scope) = 0;

  // drop removes it, if it is there.
  virtual void drop(const std::string& description, KeyringScope scope) = 0;

  // probe does what others only promise: a process of its own keeps a key, another one finds it and removes it. The
  // error says why what is kept here is not there for the next run.
  virtual Result<> probe(KeyringScope scope) = 0;

  // scope_name says which keyring `scope` comes down to here: "persistent", "user", "session", "off".
  virtual std::string scope_name(KeyringScope scope) = 0;
};

}  // namespace touchsts::io
