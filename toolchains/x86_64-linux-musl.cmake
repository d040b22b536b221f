# Static, hardened x86_64 binaries against the sysroot of toolchains/bootstrap.
set(triple x86_64-linux-musl)
set(hardening -fcf-protection=full)
include(${CMAKE_CURRENT_LIST_DIR}/musl.cmake)
