#include "codec/xml.h"
#include "fuzz/fuzz.h"

// Names and contents lie within the document.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto xml = codec::Xml::parse(Secret(fuzz::text(data, size)));
  if (xml) {
    must(xml->root_name().size() <= size && xml->text("").has_value());
    (void)xml->text("a/b");
  }
  return 0;
}
