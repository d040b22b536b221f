# Mozilla's root certificates for TLS servers, as DER one after another: the last resort on machines without CA files.
third_party_source(ca-certificates source)
add_custom_command(
  OUTPUT mozilla_roots.der
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/ca-certificates/bundle ${source}/usr/share/ca-certificates/mozilla mozilla_roots.der
  DEPENDS ca-certificates/bundle)
add_custom_target(ca-certificates ALL DEPENDS mozilla_roots.der)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mozilla_roots.der DESTINATION ca-certificates)
