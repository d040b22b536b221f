# libFuzzer's instrumentation with both sanitizers; integer overflow is reported too.
# Debian builds libclang_rt.fuzzer against libstdc++, hence the last library.
set(instrument "-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all")
set(link_extra "-lstdc++")
include(${CMAKE_CURRENT_LIST_DIR}/host.cmake)
