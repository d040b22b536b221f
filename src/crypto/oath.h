// What an OATH applet needs: HMAC-SHA-1 (RFC 2104) and the codes themselves (RFC 4226, RFC 6238). SHA-1 is what the
// protocol prescribes; nothing else of ours uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/secret.h"

namespace touchsts::crypto {

enum class OathDigest { sha1, sha256, sha512 };

Secret hmac_sha1(std::span<const std::byte> key, std::span<const std::byte> message);  // 20 bytes

// digits_of gives the last digits of the low 31 bits (RFC 4226, 5.3).
Secret digits_of(std::uint32_t number, unsigned digits);

// totp_sha1 gives the six digits of a time step (RFC 6238 with RFC 4226, 5.3).
Secret totp_sha1(std::span<const std::byte> key, std::uint64_t step);

// shortened_hmac_key hashes a key that is longer than the hash's block (64 or 128 bytes), as HMAC itself would.
Secret shortened_hmac_key(OathDigest digest, std::span<const std::byte> key);

}  // namespace touchsts::crypto
