# cpp-httplib: one header, taken apart by its own script, so that its functions are compiled once. src/os/http_library says how
# it is configured, and compiles httplib.cc.
third_party_source(cpp-httplib source)
find_program(python3 python3 REQUIRED)
set(parts ${CMAKE_CURRENT_BINARY_DIR}/cpp-httplib)
execute_process(COMMAND ${python3} ${source}/split.py --out ${parts} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${parts}/httplib.h ${parts}/httplib.cc DESTINATION cpp-httplib/include)
