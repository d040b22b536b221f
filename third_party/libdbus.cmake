# libdbus, the client's part alone: no daemon, no server that launches, no X11, no verbose mode, no checks that print.
third_party_source(libdbus source)
set(libdbus_sources
  address auth bus connection credentials dataslot errors file file-unix hash internals keyring list marshal-basic
  marshal-byteswap marshal-header marshal-recursive marshal-validate memory mempool message misc nonce object-tree
  pending-call pipe pipe-unix resources server server-debug-pipe server-socket server-unix sha signature string syntax
  sysdeps sysdeps-pthread sysdeps-unix threads timeout transport transport-socket transport-unix userdb uuidgen watch)
list(TRANSFORM libdbus_sources REPLACE "(.+)" "${source}/dbus/dbus-\\1.c")

# The one header that is made, for the LP64 machines that we build for.
file(STRINGS ${source}/NEWS libdbus_version REGEX "^dbus [0-9]+\\.[0-9]+\\.[0-9]+" LIMIT_COUNT 1)
string(REGEX MATCH "([0-9]+)\\.([0-9]+)\\.([0-9]+)" DBUS_VERSION "${libdbus_version}")
set(DBUS_MAJOR_VERSION ${CMAKE_MATCH_1})
set(DBUS_MINOR_VERSION ${CMAKE_MATCH_2})
set(DBUS_MICRO_VERSION ${CMAKE_MATCH_3})
set(DBUS_INT64_TYPE long)
set(DBUS_INT64_MODIFIER l)
set(DBUS_INT64_CONSTANT "val##L")
set(DBUS_UINT64_CONSTANT "val##UL")
set(DBUS_INT32_TYPE int)
set(DBUS_INT16_TYPE short)
set(DBUS_SIZEOF_VOID_P 8)
configure_file(${source}/dbus/dbus-arch-deps.h.in ${CMAKE_CURRENT_BINARY_DIR}/libdbus/dbus/dbus-arch-deps.h @ONLY)

add_library(dbus STATIC ${libdbus_sources})
target_include_directories(dbus PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/libdbus ${source} ${CMAKE_CURRENT_BINARY_DIR}/libdbus)
target_compile_definitions(dbus PRIVATE DBUS_COMPILATION DBUS_STATIC_BUILD VERSION="${DBUS_VERSION}")
# It calls functions by pointers of another type.
target_compile_options(dbus PRIVATE -w -fno-sanitize=function)
set_target_properties(dbus PROPERTIES OUTPUT_NAME libdbus)
install(TARGETS dbus DESTINATION libdbus/lib)
file(GLOB libdbus_headers ${source}/dbus/dbus*.h)
install(FILES ${libdbus_headers} ${CMAKE_CURRENT_BINARY_DIR}/libdbus/dbus/dbus-arch-deps.h DESTINATION libdbus/include/dbus)
