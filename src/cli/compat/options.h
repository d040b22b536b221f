// The command lines of the programs that we stand in for: a table of options, and what was given.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::cli::compat {

struct Option {
  enum class Takes { nothing, text, number, secret };
  std::string_view names;  // "--token,--mfa-token": the first is what Given knows it by
  Takes takes;
  std::string_view help;
};

// Manner is how the original's library reads a command line. All take "--name value", "--name=value" and "-n value".
struct Manner {
  bool beginnings = false;     // "--tok" is --token when no other option begins so (argparse)
  bool wary = false;           // a value that looks like an option is none, unless joined by '=' (argparse)
  bool switch_values = false;  // "--verbose=false" (cobra)
};

class Given {
 public:
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string_view text(std::string_view name) const;  // the last one; "" when there is none
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] std::optional<int> number(std::string_view name) const;
  [[nodiscard]] const Secret* secret(std::string_view name) const;  // null when there is none

  std::vector<std::string> words;  // what is no option
  std::vector<std::string> rest;   // what stands behind "--"

 private:
  friend class Reader;
  struct Value {
    std::string_view name;
    std::string text;
    Secret secret;
  };
  [[nodiscard]] const Value* find(std::string_view name) const;
  std::vector<Value> values_;
};

// read_options reads the arguments after the program's name. Values of secret options are blanked in them. Fault::usage
// says what does not fit, in the words of the originals, but without what was typed for a value: it may be a code.
Result<Given> read_options(std::span<const Option> table, std::span<char*> arguments, Manner manner);

// options_text is a line for each option.
std::string options_text(std::span<const Option> table);

// What is said of a word that is no option. The word itself is not repeated: it may be a code.
inline constexpr std::string_view kTooMany = "there is an argument too many";

}  // namespace touchsts::cli::compat
