// What this binary is and what it is made of.
#pragma once

#include <string>

namespace touchsts::cli {

// version_text is "touchsts X.Y.Z"; verbose adds the bill of materials: name, version, licence, SHA-256 of the source.
std::string version_text(bool verbose);

}  // namespace touchsts::cli
