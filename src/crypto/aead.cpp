#include "crypto/aead.h"

#include <cstdlib>

#include <mbedtls/gcm.h>

#include "crypto/mbedtls.h"

namespace touchsts::crypto {
namespace {

class Gcm {
 public:
  explicit Gcm(std::span<const std::byte> key) {
    mbedtls_gcm_init(&context_);
    if (key.size() != kAeadKeySize || mbedtls_gcm_setkey(&context_, MBEDTLS_CIPHER_ID_AES, raw(key), 256) != 0) {
      std::abort();  // a wrong key size is a bug of ours
    }
  }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  ~Gcm() { mbedtls_gcm_free(&context_); }

  mbedtls_gcm_context* context() { return &context_; }

 private:
  mbedtls_gcm_context context_{};
};

}  // namespace

std::vector<std::byte> aead_seal(const AeadInput& input, std::span<const std::byte> plaintext) {
  Gcm gcm(input.key);
  std::vector<std::byte> sealed(plaintext.size() + kAeadTagSize);
  const int status = mbedtls_gcm_crypt_and_tag(gcm.context(),
                                               MBEDTLS_GCM_ENCRYPT,
                                               plaintext.size(),
                                               raw(input.nonce),
                                               input.nonce.size(),
                                               raw(input.associated),
                                               input.associated.size(),
                                               raw(plaintext),
                                               raw(std::span(sealed)),
                                               kAeadTagSize,
                                               raw(std::span(sealed).subspan(plaintext.size())));
  if (status != 0) {
    std::abort();
  }
  return sealed;
}

std::optional<Secret> aead_open(const AeadInput& input, std::span<const std::byte> sealed) {
  if (sealed.size() < kAeadTagSize) {
    return std::nullopt;
  }
  Gcm gcm(input.key);
  const auto ciphertext = sealed.first(sealed.size() - kAeadTagSize);
  Secret plaintext = Secret::blank(ciphertext.size());
  const int status = mbedtls_gcm_auth_decrypt(gcm.context(),
                                              ciphertext.size(),
                                              raw(input.nonce),
                                              input.nonce.size(),
                                              raw(input.associated),
                                              input.associated.size(),
                                              raw(sealed.last(kAeadTagSize)),
                                              kAeadTagSize,
                                              raw(ciphertext),
                                              raw(plaintext.reveal_writable()));
  if (status != 0) {
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace touchsts::crypto
