#include "cli/compat/own_words.h"

#include <algorithm>

namespace touchsts::cli::compat {
namespace {

constexpr std::string_view kOr = ", or ";
constexpr std::string_view kNativeAdvice = "run touchsts login in a terminal first";
constexpr std::string_view kOwnAdvice = "run it in a terminal first";

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void replace_names(std::string& text, std::string_view name, std::string_view by) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    const auto end = at + name.size();
    const bool whole = (at == 0 || !is_of_name(text[at - 1])) && (end == text.size() || !is_of_name(text[end]));
    if (whole) {
      text.replace(at, name.size(), by);
    }
    at += whole ? by.size() : name.size();
  }
}

bool has_option(std::span<const Option> options, std::string_view name) {
  return std::ranges::any_of(options, [name](const Option& option) {
    const auto at = option.names.find(name);
    const auto end = at + name.size();
    return at != std::string_view::npos && (at == 0 || option.names[at - 1] == ',') &&
           (end == option.names.size() || option.names[end] == ',');
  });
}

// What calls another program (or touchsts itself) may have any options.
bool is_for_others(std::string_view advice, std::span<const Option> options) {
  for (const std::string_view program : {"touchsts ", "gpgconf ", "ykman "}) {
    if (advice.contains(program)) {
      return false;
    }
  }
  for (auto at = advice.find("--"); at != std::string_view::npos; at = advice.find("--", at + 2)) {
    const auto end = std::ranges::find_if_not(advice.substr(at), is_of_name);
    const auto size = static_cast<std::size_t>(end - advice.substr(at).begin());
    if ((at == 0 || !is_of_name(advice[at - 1])) && !has_option(options, advice.substr(at, size))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Error in_own_words(Error error, std::span<const Option> options, Words words) {
  for (const auto& [ours, theirs] : words) {
    replace_names(error.text, ours, theirs);
    replace_names(error.hint, ours, theirs);
  }
  std::string hint;
  for (std::string_view rest = error.hint; !rest.empty();) {
    const auto end = std::min(rest.find(kOr), rest.size());
    const std::string_view advice = rest.substr(0, end);
    if (!is_for_others(advice, options)) {
      hint += hint.empty() ? "" : kOr;
      hint += advice == kNativeAdvice ? kOwnAdvice : advice;
    }
    rest.remove_prefix(std::min(end + kOr.size(), rest.size()));
  }
  error.hint = std::move(hint);
  return error;
}

}  // namespace touchsts::cli::compat
