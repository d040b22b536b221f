#include "settings/command_line.h"

#include <utility>
#include <vector>

#include "base/untrusted.h"
#include "codec/shell_words.h"

namespace touchsts::settings {
namespace {

constexpr std::string_view kHome = "~/";

// A pinentry has no arguments: its value is a path.
bool is_line(std::string_view key) { return key != "pinentry" && key != "pin_entry"; }

}  // namespace

Result<std::string> program_of(std::string_view key, std::string_view line) {
  return is_line(key) ? TRY(codec::shell_words(line)).front() : std::string(line);
}

Result<> check_program(std::string_view key, const aws::Value& value) {
  const std::string program = program_of(key, value.text).value_or("");  // open quotes are told when it is to be run
  if (!program.contains('/') || program.starts_with('/') || value.text.starts_with(kHome)) {
    return {};
  }
  return hinted(fail(Fault::configuration,
                     "{} in {} is not run: '{}' depends on the current folder",
                     key,
                     Untrusted{value.place.text()},
                     Untrusted{program}),
                "give the full path, one that begins with ~/, or a name that is found in PATH");
}

std::string with_home(std::string_view key, std::string_view line, std::string_view home) {
  if (!line.starts_with(kHome)) {
    return std::string(line);
  }
  std::string text;
  for (const char c : home) {
    const bool parts = is_line(key) && std::string_view(" \t\n'\"\\").contains(c);
    text += parts ? std::string("\\") + c : std::string(1, c);
  }
  text += line.substr(1);
  return text;
}

}  // namespace touchsts::settings
