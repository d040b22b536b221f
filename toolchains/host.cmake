# The same compiler and C++ library on the build machine's own C library: what sanitizers and fuzzers need.
# The including file sets `instrument`.
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_AR /usr/bin/llvm-ar-19)
set(CMAKE_RANLIB /usr/bin/llvm-ranlib-19)
set(code "-O1 -gline-tables-only -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. ${instrument}")
set(CMAKE_C_FLAGS_INIT ${code})
set(CMAKE_CXX_FLAGS_INIT "${code} -stdlib=libc++")
# Not -g: line tables are enough for reports that name files and lines.
set(CMAKE_C_FLAGS_DEBUG "")
set(CMAKE_CXX_FLAGS_DEBUG "")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld -stdlib=libc++")
