# CLI11: headers only.
third_party_source(cli11 source)
install(DIRECTORY ${source}/usr/include/CLI DESTINATION cli11/include)
