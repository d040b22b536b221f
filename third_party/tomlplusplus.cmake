# toml++: headers only.
third_party_source(tomlplusplus source)
install(DIRECTORY ${source}/usr/include/toml++ DESTINATION tomlplusplus/include)
