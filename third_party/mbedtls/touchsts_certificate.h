/* Parsing a certificate whose name constraints the caller checks. */
#ifndef TOUCHSTS_CERTIFICATE_H
#define TOUCHSTS_CERTIFICATE_H

#include "mbedtls/x509_crt.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * touchsts_parse_certificate is mbedtls_x509_crt_parse_der (one certificate in DER, copied, appended to `chain`; 0 or
 * an error of X.509 or memory), but for critical name constraints (RFC 5280, 4.2.1.10): the library knows none and
 * refuses them, here they are passed over. Whoever uses the certificate has to check them. The TLS client calls it in
 * place of the library's own (mbedtls.cmake).
 */
int touchsts_parse_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size);

#ifdef __cplusplus
}
#endif
#endif
