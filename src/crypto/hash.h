// SHA-256, HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869) over Mbed TLS.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/secret.h"

namespace touchsts::crypto {

inline constexpr std::size_t kHashSize = 32;  // bytes
using Hash = std::array<std::byte, kHashSize>;

Hash sha256(std::span<const std::byte> bytes);
Hash sha256(std::string_view text);

// sha1 names things as other programs do; nothing relies on it being strong. 20 bytes.
std::array<std::byte, 20> sha1(std::string_view text);

// hmac_sha256 and hkdf_sha256 yield key material, hence Secrets: 32 bytes, and `size` bytes (at most 255 * 32).
Secret hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message);
Secret hmac_sha256(std::span<const std::byte> key, std::string_view message);
Secret hkdf_sha256(std::span<const std::byte> input_key,
                   std::span<const std::byte> salt,
                   std::span<const std::byte> info,
                   std::size_t size);

}  // namespace touchsts::crypto
