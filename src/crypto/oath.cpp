#include "crypto/oath.h"

#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>

#include "crypto/mbedtls.h"

namespace touchsts::crypto {
namespace {

constexpr std::size_t kSha1Size = 20;

}  // namespace

Secret hmac_sha1(std::span<const std::byte> key, std::span<const std::byte> message) {
  Secret code = Secret::blank(kSha1Size);
  must_succeed(mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1),
                               raw(key),
                               key.size(),
                               raw(message),
                               message.size(),
                               raw(code.reveal_writable())));
  return code;
}

Secret pbkdf2_hmac_sha1(const Secret& password, std::span<const std::byte> salt, unsigned rounds, std::size_t size) {
  Secret key = Secret::blank(size);
  must_succeed(mbedtls_pkcs5_pbkdf2_hmac_ext(MBEDTLS_MD_SHA1,
                                             raw(password.reveal()),
                                             password.size(),
                                             raw(salt),
                                             salt.size(),
                                             rounds,
                                             static_cast<std::uint32_t>(size),
                                             raw(key.reveal_writable())));
  return key;
}

Secret shortened_hmac_key(OathDigest digest, std::span<const std::byte> key) {
  const std::size_t block = digest == OathDigest::sha512 ? 128 : 64;
  if (key.size() <= block) {
    return Secret(key);
  }
  const auto type = digest == OathDigest::sha1     ? MBEDTLS_MD_SHA1
                    : digest == OathDigest::sha256 ? MBEDTLS_MD_SHA256
                                                   : MBEDTLS_MD_SHA512;
  const auto* const info = mbedtls_md_info_from_type(type);
  Secret hash = Secret::blank(mbedtls_md_get_size(info));
  must_succeed(mbedtls_md(info, raw(key), key.size(), raw(hash.reveal_writable())));
  return hash;
}

}  // namespace touchsts::crypto
