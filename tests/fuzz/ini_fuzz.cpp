#include "codec/ini.h"
#include "codec/ini_edit.h"
#include "fuzz/fuzz.h"

// Whatever is in a file: keys are names, secrets are in Secrets only.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto text = fuzz::text(data, size);
  if (const auto sections = codec::parse_ini(text)) {
    for (const auto& section : *sections) {
      for (const auto& property :
           codec::properties_of(section, [](std::string_view key) { return key.size() % 2 == 0; })) {
        must(codec::is_name(property.key) && (property.secret.empty() || property.value.empty()));
        must(property.sub.empty() || property.value.empty());
      }
    }
  }
  const codec::IniChange change{.set = {{"x", "1"}}, .gone = {"y"}};
  if (const auto sections = codec::parse_ini(text)) {
    const codec::IniSection* const last = sections->empty() ? nullptr : &sections->back();
    const auto edited = codec::with_properties(text, last, "base", change);
    must(edited && codec::parse_ini(edited->reveal_text()).has_value());
  }
  return 0;
}
