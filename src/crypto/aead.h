// AES-256-GCM (NIST SP 800-38D) over Mbed TLS.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/secret.h"

namespace touchsts::crypto {

inline constexpr std::size_t kAeadKeySize = 32;    // bytes
inline constexpr std::size_t kAeadNonceSize = 12;  // bytes
inline constexpr std::size_t kAeadTagSize = 16;    // bytes

struct AeadInput {
  std::span<const std::byte> key;         // kAeadKeySize
  std::span<const std::byte> nonce;       // kAeadNonceSize, never twice under one key
  std::span<const std::byte> associated;  // authenticated, not encrypted
};

// aead_seal returns the ciphertext followed by the tag.
std::vector<std::byte> aead_seal(const AeadInput& input, std::span<const std::byte> plaintext);

// aead_open returns the plaintext, or nothing when key, nonce, associated data or any byte of `sealed` is not what
// aead_seal was given and made.
std::optional<Secret> aead_open(const AeadInput& input, std::span<const std::byte> sealed);

}  // namespace touchsts::crypto
