# What the musl targets share. The including file sets `triple` and `hardening`.
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${triple})
execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/bootstrap --print ${triple}
  OUTPUT_VARIABLE sysroot OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS ${sysroot}/.complete)
  message(FATAL_ERROR "there is no sysroot for ${triple} yet; run: toolchains/bootstrap ${triple}")
endif()

set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_AR /usr/bin/llvm-ar-19)
set(CMAKE_RANLIB /usr/bin/llvm-ranlib-19)
set(code "--config=${sysroot}/clang.cfg -Os -flto -fPIE -ffunction-sections -fdata-sections -fvisibility=hidden \
-fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. ${hardening}")
# No exception goes through C.
set(CMAKE_C_FLAGS_INIT "${code} -fno-asynchronous-unwind-tables -fno-unwind-tables")
set(CMAKE_CXX_FLAGS_INIT ${code})
set(CMAKE_C_FLAGS_RELEASE -DNDEBUG)
set(CMAKE_CXX_FLAGS_RELEASE -DNDEBUG)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,stack-size=1048576 \
-Wl,--gc-sections,--icf=safe,--pack-dyn-relocs=relr,--as-needed")
