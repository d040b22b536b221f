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
  std::string_view begins_with;
  for (const std::string_view option : known) {
    if (option.starts_with(kLong) && option.size() > begins_with.size() && argument.starts_with(option)) {
      begins_with = option;
    }
  }
  if (!begins_with.empty()) {
    return std::string(begins_with) + "...";
  }
  return std::string(name.size() > kLong.size() ? name : "");
}

}  // namespace touchsts::cli
