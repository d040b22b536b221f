// Text from outside (STS errors, file contents, names, paths) on its way to a person.
#pragma once

#include <cstddef>
#include <format>
#include <string>
#include <string_view>

namespace touchsts {

inline constexpr std::size_t kPrintableLimit = 300;  // characters

// printable makes foreign text safe to show: control characters (C0, DEL, C1), invalid UTF-8, line and paragraph
// separators, bidirectional controls and zero-width characters become '?', and what is longer than `limit`
// characters ends in "...".
std::string printable(std::string_view foreign, std::size_t limit = kPrintableLimit);

// Untrusted marks foreign text that goes into a message: std::format prints it through printable. It borrows.
struct Untrusted {
  std::string_view text;
};

}  // namespace touchsts

template <>
struct std::formatter<touchsts::Untrusted> : std::formatter<std::string> {
  auto format(touchsts::Untrusted foreign, std::format_context& context) const {
    return std::formatter<std::string>::format(touchsts::printable(foreign.text), context);
  }
};
