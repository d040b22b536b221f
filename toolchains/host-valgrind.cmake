# Nothing built in: valgrind watches from outside.
set(instrument "-gdwarf-4")
include(${CMAKE_CURRENT_LIST_DIR}/host.cmake)
