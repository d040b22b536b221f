# Mbed TLS, cut down to a TLS client (mbedtls/touchsts_config.h). -O2: the rest of the program is built for size.
third_party_source(mbedtls source)
file(GLOB sources CONFIGURE_DEPENDS ${source}/library/*.c)
add_library(mbedtls STATIC ${sources} mbedtls/getrandom.c)
target_include_directories(mbedtls PUBLIC ${source}/include ${CMAKE_CURRENT_SOURCE_DIR}/mbedtls PRIVATE ${source}/library)
target_compile_definitions(mbedtls PRIVATE
  MBEDTLS_USER_CONFIG_FILE="touchsts_config.h"
  MBEDTLS_ALIGNMENT_DISABLE_EFFICENT_UNALIGNED_ACCESS) # as Debian builds it: the fast path is undefined behaviour
target_compile_options(mbedtls PRIVATE -O2 -w)
install(TARGETS mbedtls DESTINATION mbedtls/lib)
install(DIRECTORY ${source}/include/ DESTINATION mbedtls/include FILES_MATCHING PATTERN "*.h")
install(FILES mbedtls/touchsts_config.h DESTINATION mbedtls/include)
