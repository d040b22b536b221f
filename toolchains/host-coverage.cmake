# The sanitized build that also counts which lines are reached (ci/coverage).
set(instrument "-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fprofile-instr-generate -fcoverage-mapping")
include(${CMAKE_CURRENT_LIST_DIR}/host.cmake)
