// What stands in AWS's files and does not count as it was meant.
#pragma once

#include <vector>

#include "settings/lint.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// lint_files finds sections and lines that are skipped, sections that stand there twice, names that are nearly ones
// that we know, values in quotes, and halves of key pairs; each with its file and line.
std::vector<Finding> lint_files(const Surroundings& around);

}  // namespace touchsts::settings
