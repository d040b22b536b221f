#include <string.h>

#include "touchsts_certificate.h"

/* Called for each extension that the library does not know; what is not 0 refuses a critical one. */
static int accept_extension(void *context, mbedtls_x509_crt const *certificate, mbedtls_x509_buf const *identifier,
                            int critical, const unsigned char *begin, const unsigned char *end) {
  static const unsigned char name_constraints[] = {0x55, 0x1D, 0x1E}; /* 2.5.29.30 */
  (void)context;
  (void)certificate;
  (void)critical;
  (void)begin;
  (void)end;
  return identifier->len == sizeof name_constraints && memcmp(identifier->p, name_constraints, sizeof name_constraints) == 0
             ? 0
             : MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE;
}

int touchsts_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size) {
  return mbedtls_x509_crt_parse_der_with_ext_cb(chain, der, size, 1, accept_extension, NULL);
}
