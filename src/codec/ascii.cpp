#include "codec/ascii.h"

#include <algorithm>

namespace touchsts::codec {
namespace {

std::string_view without(std::string_view text, std::string_view ends) {
  const auto first = text.find_first_not_of(ends);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(ends) - first + 1);
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
  return result;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char one, char other) { return lower(one) == lower(other); });
}

std::string_view trimmed(std::string_view text) { return without(text, " \t"); }

std::string_view trimmed_lines(std::string_view text) { return without(text, " \t\r\n"); }

}  // namespace touchsts::codec
