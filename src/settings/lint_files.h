// What stands in AWS's files and does not count as it was meant.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "settings/lint.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// lint_files finds sections and lines that are skipped, sections that stand there twice, names that are nearly ones
// that we know, values in quotes, and halves of key pairs; each with its file and line. With `only`, in the sections of
// that profile.
std::vector<Finding> lint_files(const Surroundings& around, std::string_view only);

// skipped_section is what lint_files finds in a section that was meant for profile `name` and does not count.
std::optional<Finding> skipped_section(const Surroundings& around, std::string_view name);

}  // namespace touchsts::settings
