# AddressSanitizer and UndefinedBehaviorSanitizer; any report ends the program. Counts coverage as well.
set(instrument "-fsanitize=address,undefined -fno-sanitize-recover=all -fprofile-instr-generate -fcoverage-mapping")
include(${CMAKE_CURRENT_LIST_DIR}/host.cmake)
