#include "cli/version.h"

#include <string_view>

namespace touchsts::cli {
namespace {

// A line for each source; one text, because a table of pointers would be relocated at every start.
constexpr std::string_view kMaterials =
// clang-format off
#include "bill_of_materials.inc"
    ;
// clang-format on

}  // namespace

std::string version_text(bool verbose) {
  std::string text = "touchsts " TOUCHSTS_VERSION "\n";
  if (verbose) {
    text += kMaterials;
  }
  return text;
}

}  // namespace touchsts::cli
