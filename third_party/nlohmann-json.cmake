# JSON for Modern C++: headers only.
third_party_source(nlohmann-json source)
install(DIRECTORY ${source}/usr/include/nlohmann DESTINATION nlohmann-json/include)
