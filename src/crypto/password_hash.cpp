#include "crypto/password_hash.h"

#include <argon2.h>
#include <string_view>

#include <mbedtls/pkcs5.h>

#include "crypto/mbedtls.h"

namespace touchsts::crypto {
namespace {

// libargon2 takes pointers to what it only reads.
std::uint8_t* readable(std::span<const std::byte> bytes) { return const_cast<unsigned char*>(raw(bytes)); }

}  // namespace

Result<Secret> argon2id(const Argon2Input& input, std::size_t size) {
  Secret key = Secret::blank(size);
  argon2_context context{};
  context.out = raw(key.reveal_writable());
  context.outlen = static_cast<std::uint32_t>(size);
  context.pwd = readable(input.password);
  context.pwdlen = static_cast<std::uint32_t>(input.password.size());
  context.salt = readable(input.salt);
  context.saltlen = static_cast<std::uint32_t>(input.salt.size());
  context.secret = readable(input.secret);
  context.secretlen = static_cast<std::uint32_t>(input.secret.size());
  context.ad = readable(input.associated);
  context.adlen = static_cast<std::uint32_t>(input.associated.size());
  context.t_cost = input.cost.passes;
  context.m_cost = input.cost.memory;
  context.lanes = input.cost.lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.flags = ARGON2_DEFAULT_FLAGS;
  if (const int status = argon2_ctx(&context, Argon2_id); status != ARGON2_OK) {
    return fail(Fault::key_store, "Argon2id: {}", std::string_view(argon2_error_message(status)));
  }
  return key;
}

Secret pbkdf2_hmac(Pbkdf2Hash hash,
                   std::span<const std::byte> password,
                   std::span<const std::byte> salt,
                   std::uint32_t rounds,
                   std::size_t size) {
  Secret key = Secret::blank(size);
  must_succeed(mbedtls_pkcs5_pbkdf2_hmac_ext(hash == Pbkdf2Hash::sha1 ? MBEDTLS_MD_SHA1 : MBEDTLS_MD_SHA256,
                                             raw(password),
                                             password.size(),
                                             raw(salt),
                                             salt.size(),
                                             rounds,
                                             static_cast<std::uint32_t>(size),
                                             raw(key.reveal_writable())));
  return key;
}

}  // namespace touchsts::crypto
