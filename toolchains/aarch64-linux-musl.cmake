# Static, hardened aarch64 binaries against the sysroot of toolchains/bootstrap; built on any host.
set(triple aarch64-linux-musl)
set(hardening -mbranch-protection=standard)
include(${CMAKE_CURRENT_LIST_DIR}/musl.cmake)
