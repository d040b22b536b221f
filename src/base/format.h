// std::format, with the formatting itself compiled once: the standard one costs every file seconds and kilobytes.
#pragma once

#include <format>
#include <string>
#include <string_view>
#include <utility>

namespace touchsts {

// format_arguments is std::vformat.
std::string format_arguments(std::string_view text, std::format_args arguments);

// formatted is std::format; the text is checked against the arguments when we compile.
template <class... Args>
std::string formatted(std::format_string<Args...> text, Args&&... args) {
  return format_arguments(text.get(), std::make_format_args(args...));
}

}  // namespace touchsts
