// What can go wrong, as a caller may act on it.
#pragma once

#include <string>

namespace touchsts {

// Fault is the kind of an error; each has one documented exit code (cli/exit_codes.h).
enum class Fault {
  other,
  usage,
  configuration,
  denied,
  device,
  no_human,
  network,
  malformed,
  key_store,
  internal,
};

// Error is made where the fact is known. `text` is one lower-case line without a full stop and without secrets;
// `hint` says what to do next and may be empty.
struct Error {
  Fault fault = Fault::other;
  std::string text;
  std::string hint;
};

// in_one_line is what a person reads: the text, and the hint if there is one.
inline std::string in_one_line(const Error& error) {
  return error.hint.empty() ? error.text : error.text + "; " + error.hint;
}

}  // namespace touchsts
