# pugixml, without exceptions, XPath and the standard library.
third_party_source(pugixml source)
add_library(pugixml STATIC ${source}/src/pugixml.cpp)
target_compile_definitions(pugixml PRIVATE PUGIXML_NO_XPATH PUGIXML_NO_STL PUGIXML_NO_EXCEPTIONS)
target_compile_options(pugixml PRIVATE -w -std=c++20)
install(TARGETS pugixml DESTINATION pugixml/lib)
install(DIRECTORY ${source}/src/ DESTINATION pugixml/include FILES_MATCHING PATTERN "*.hpp")
