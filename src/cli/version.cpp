#include "cli/version.h"

#include <string_view>

#include "base/format.h"

namespace touchsts::cli {
namespace {

struct Material {
  std::string_view name, version, licence, sha256;
};

constexpr Material kMaterials[] = {
// clang-format off
#include "bill_of_materials.inc"
    // clang-format on
};

}  // namespace

std::string version_text(bool verbose) {
  std::string text = "touchsts " TOUCHSTS_VERSION "\n";
  if (verbose) {
    for (const auto& [name, version, licence, sha256] : kMaterials) {
      text += formatted("{:<16} {:<15} {:<32} {}\n", name, version, licence, sha256);
    }
  }
  return text;
}

}  // namespace touchsts::cli
