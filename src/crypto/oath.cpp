#include "crypto/oath.h"

#include <array>
#include <ranges>

#include <mbedtls/md.h>

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

Secret digits_of(std::uint32_t number, unsigned digits) {
  Secret code = Secret::blank(digits);
  number &= 0x7FFF'FFFF;
  for (std::byte& digit : code.reveal_writable() | std::views::reverse) {
    digit = static_cast<std::byte>('0' + number % 10);
    number /= 10;
  }
  return code;
}

Secret totp_sha1(std::span<const std::byte> key, std::uint64_t step) {
  std::array<std::byte, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<std::byte>(step >> (8 * (counter.size() - 1 - i)));
  }
  const Secret code = hmac_sha1(key, counter);
  const auto at = [&code](std::size_t i) { return std::to_integer<std::uint32_t>(code.reveal()[i]); };
  const std::size_t offset = at(kSha1Size - 1) & 0x0F;
  return digits_of(at(offset) << 24 | at(offset + 1) << 16 | at(offset + 2) << 8 | at(offset + 3), 6);
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
