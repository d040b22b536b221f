# Mbed TLS, cut down to a TLS client (mbedtls/touchsts_config.h). -O2: the rest of the program is built for size.
third_party_source(mbedtls source)
file(GLOB sources CONFIGURE_DEPENDS ${source}/library/*.c)
add_library(mbedtls STATIC ${sources} mbedtls/getrandom.c mbedtls/certificate.c)
target_include_directories(mbedtls PUBLIC ${source}/include ${CMAKE_CURRENT_SOURCE_DIR}/mbedtls PRIVATE ${source}/library)
target_compile_definitions(mbedtls PRIVATE
  MBEDTLS_USER_CONFIG_FILE="touchsts_config.h"
  MBEDTLS_ALIGNMENT_DISABLE_EFFICENT_UNALIGNED_ACCESS) # as Debian builds it: the fast path is undefined behaviour
target_compile_options(mbedtls PRIVATE -O2 -w)
# The certificates of a TLS server are parsed by ours, which lets critical name constraints through: os/certificate_check
# checks them. By a macro, so that the header declares what these files call.
set_source_files_properties(${source}/library/ssl_tls.c ${source}/library/ssl_tls13_generic.c PROPERTIES
  COMPILE_DEFINITIONS mbedtls_x509_crt_parse_der=touchsts_parse_certificate)
install(TARGETS mbedtls DESTINATION mbedtls/lib)
install(DIRECTORY ${source}/include/ DESTINATION mbedtls/include FILES_MATCHING PATTERN "*.h")
install(FILES mbedtls/touchsts_config.h mbedtls/touchsts_certificate.h DESTINATION mbedtls/include)
