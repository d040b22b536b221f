# doctest, for the tests: headers only.
third_party_source(doctest source)
install(DIRECTORY ${source}/usr/include/doctest DESTINATION doctest/include)
