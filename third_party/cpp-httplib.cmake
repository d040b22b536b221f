# cpp-httplib: one header. src/os says how it is configured.
third_party_source(cpp-httplib source)
install(FILES ${source}/httplib.h DESTINATION cpp-httplib/include)
