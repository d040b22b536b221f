// Result, and the helpers that keep failing code readable.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace touchsts {

template <class T = void>
using Result = std::expected<T, Error>;

// fail makes the error half of any Result.
template <class... Args>
std::unexpected<Error> fail(Fault fault, std::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error{fault, formatted(text, std::forward<Args>(args)...), {}});
}

// hinted adds what to do next to the error that fail made.
inline std::unexpected<Error> hinted(std::unexpected<Error> error, std::string hint) {
  error.error().hint = std::move(hint);
  return error;
}

// within says what we were doing when `result` failed: "reading profile dev: no such file". `doing` is formatted only
// then; paths and other foreign text come as Untrusted.
template <class Doing, class T>
Result<T> within(const Doing& doing, Result<T> result) {
  if (!result) {
    result.error().text = formatted("{}: {}", doing, result.error().text);
  }
  return result;
}

}  // namespace touchsts

// TRY evaluates to the value of a Result, or returns its error from the enclosing function.
// It is the only macro in touchsts.
#define TRY(...)                                             \
  ({                                                         \
    auto try_result = (__VA_ARGS__);                         \
    if (!try_result) {                                       \
      return std::unexpected(std::move(try_result).error()); \
    }                                                        \
    *std::move(try_result);                                  \
  })
