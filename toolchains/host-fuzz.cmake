# libFuzzer's instrumentation with both sanitizers.
# Debian builds libclang_rt.fuzzer against libstdc++, hence the last library, by its file name: the driver reads -lstdc++ as libc++.
set(instrument "-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all")
set(link_extra "-l:libstdc++.so.6")
include(${CMAKE_CURRENT_LIST_DIR}/host.cmake)
