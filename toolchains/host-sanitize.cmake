# AddressSanitizer and UndefinedBehaviorSanitizer, any report ends the program; libFuzzer's instrumentation as well, so that
# one build tree serves the tests and the fuzz targets.
set(instrument "-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all")
include(${CMAKE_CURRENT_LIST_DIR}/host.cmake)
