#include "crypto/hash.h"

#include <mbedtls/hkdf.h>
#include <mbedtls/md.h>
#include <mbedtls/sha256.h>

#include "crypto/mbedtls.h"

namespace touchsts::crypto {
namespace {

const mbedtls_md_info_t* sha256_info() { return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256); }

}  // namespace

Hash sha256(std::span<const std::byte> bytes) {
  Hash hash{};
  must_succeed(mbedtls_sha256(raw(bytes), bytes.size(), raw(std::span<std::byte>(hash)), 0));
  return hash;
}

Hash sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

std::array<std::byte, 20> sha1(std::string_view text) {
  std::array<std::byte, 20> hash{};
  const auto bytes = std::as_bytes(std::span(text));
  must_succeed(mbedtls_md(
      mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), raw(bytes), bytes.size(), raw(std::span<std::byte>(hash))));
  return hash;
}

Secret hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message) {
  Secret code = Secret::blank(kHashSize);
  must_succeed(
      mbedtls_md_hmac(sha256_info(), raw(key), key.size(), raw(message), message.size(), raw(code.reveal_writable())));
  return code;
}

Secret hmac_sha256(std::span<const std::byte> key, std::string_view message) {
  return hmac_sha256(key, std::as_bytes(std::span(message)));
}

Secret hkdf_sha256(std::span<const std::byte> input_key,
                   std::span<const std::byte> salt,
                   std::span<const std::byte> info,
                   std::size_t size) {
  Secret key = Secret::blank(size);
  must_succeed(mbedtls_hkdf(sha256_info(),
                            raw(salt),
                            salt.size(),
                            raw(input_key),
                            input_key.size(),
                            raw(info),
                            info.size(),
                            raw(key.reveal_writable()),
                            size));
  return key;
}

}  // namespace touchsts::crypto
