// std::format, with the formatting itself compiled once: the standard one costs every file seconds and kilobytes.
#pragma once

#include <format>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace touchsts {

// format_arguments is std::vformat.
std::string format_arguments(std::string_view text, std::format_args arguments);

// formatted is std::format; the text is checked against the arguments when we compile. No numbers with a fraction:
// release binaries are without the tables for them (toolchains/no_fractions.cpp).
template <class... Args>
  requires(!std::is_floating_point_v<std::remove_cvref_t<Args>> && ...)
std::string formatted(std::format_string<Args...> text, Args&&... args) {
  return format_arguments(text.get(), std::make_format_args(args...));
}

}  // namespace touchsts
