// Letters and blanks of ASCII, whatever the locale; other bytes stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace touchsts::codec {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// lower makes A to Z small.
std::string lower(std::string_view text);

// same_word compares without regard to case.
bool same_word(std::string_view a, std::string_view b);

// trimmed cuts spaces and tabs off both ends.
std::string_view trimmed(std::string_view text);

// trimmed_lines also cuts line ends off.
std::string_view trimmed_lines(std::string_view text);

}  // namespace touchsts::codec
