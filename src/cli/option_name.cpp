#include "cli/option_name.h"

#include <algorithm>

namespace touchsts::cli {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_of_name(char c) { return (c >= 'a' && c <= 'z') || c == '-'; }

}  // namespace

std::string option_name(std::string_view argument, std::span<const std::string_view> known) {
  constexpr std::string_view kLong = "--";
  if (!argument.starts_with(kLong)) {
    return argument.size() > 1 && argument.front() == '-' && is_letter(argument[1]) ? std::string(argument.substr(0, 2))
                                                                                    : "";
  }
  const auto end = std::ranges::find_if_not(argument, is_of_name);
  const std::string_view name(argument.begin(), end);
  if (name == kLong) {
    return "";
  }
  std::string_view longest;
  for (const std::string_view option : known) {
    if (option.size() > longest.size() && option.starts_with(kLong) && name.starts_with(option)) {
      longest = option;
    }
  }
  return longest.empty() || longest == name ? std::string(name) : std::string(longest) + "...";
}

}  // namespace touchsts::cli
