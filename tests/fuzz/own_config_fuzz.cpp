#include "fuzz/fuzz.h"
#include "settings/own_config.h"

// The guard and the library behind it: a configuration or an error, never a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto config = settings::parse_own_config(fuzz::text(data, size), "config.toml");
  must(config || !config.error().text.empty());
  return 0;
}
