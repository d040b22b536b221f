# Objects are kept in the build cache by ccache where it is installed, so that a fresh checkout in any folder finds those of
# another one. TOUCHSTS_COMPILER_CACHE=off builds without it (ci/release does).
find_program(TOUCHSTS_CCACHE ccache)
if(TOUCHSTS_CCACHE AND NOT "$ENV{TOUCHSTS_COMPILER_CACHE}" STREQUAL off)
  set(build_cache $ENV{TOUCHSTS_BUILD_CACHE})
  if(NOT build_cache AND DEFINED ENV{XDG_CACHE_HOME})
    set(build_cache $ENV{XDG_CACHE_HOME}/touchsts-build)
  elseif(NOT build_cache)
    set(build_cache $ENV{HOME}/.cache/touchsts-build)
  endif()
  # Paths below the checkout are hashed relative to it, and the checkout's own path is not hashed.
  set(launcher /usr/bin/env CCACHE_DIR=${build_cache}/ccache CCACHE_MAXSIZE=2G CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=true ${TOUCHSTS_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
