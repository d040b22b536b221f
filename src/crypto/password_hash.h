// Keys from passwords: Argon2id (RFC 9106) over libargon2, and PBKDF2-HMAC (RFC 8018, 5.2) over Mbed TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::crypto {

struct Argon2Cost {
  std::uint32_t memory = 0;  // KiB, at least 8 for each lane
  std::uint32_t passes = 0;
  std::uint32_t lanes = 1;  // computed one after the other
  bool operator==(const Argon2Cost&) const = default;
};

struct Argon2Input {
  std::span<const std::byte> password;
  std::span<const std::byte> salt;  // at least 8 bytes
  Argon2Cost cost;
  std::span<const std::byte> secret;      // RFC 9106's K
  std::span<const std::byte> associated;  // RFC 9106's X
};

// argon2id yields `size` bytes, at least 4. Fault::key_store when the memory for it cannot be had.
Result<Secret> argon2id(const Argon2Input& input, std::size_t size);

enum class Pbkdf2Hash { sha1, sha256 };  // sha1 is what the OATH applet prescribes; nothing else uses it

// pbkdf2_hmac yields `size` bytes.
Secret pbkdf2_hmac(Pbkdf2Hash hash,
                   std::span<const std::byte> password,
                   std::span<const std::byte> salt,
                   std::uint32_t rounds,
                   std::size_t size);

}  // namespace touchsts::crypto
