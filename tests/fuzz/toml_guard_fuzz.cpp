#include "fuzz/fuzz.h"
#include "settings/toml_guard.h"

// What passes is small and has no NUL.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto text = fuzz::text(data, size);
  if (settings::guard_toml(text)) {
    must(text.size() <= settings::kTomlLimit && text.find(std::string_view("\0", 1)) == std::string_view::npos);
  }
  return 0;
}
