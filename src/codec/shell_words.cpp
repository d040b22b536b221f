#include "codec/shell_words.h"

namespace touchsts::codec {
namespace {

constexpr std::string_view kBlank = " \t\n";

// Takes one quoted or plain piece off `rest` and appends it to `word`.
bool take_piece(std::string_view& rest, std::string& word) {
  const char first = rest.front();
  rest.remove_prefix(1);
  if (first == '\\') {
    if (rest.empty()) {
      return false;
    }
    word += rest.front();
    rest.remove_prefix(1);
    return true;
  }
  if (first != '\'' && first != '"') {
    word += first;
    return true;
  }
  while (!rest.empty() && rest.front() != first) {
    constexpr std::string_view kEscapable = "\\\"$`";
    if (first == '"' && rest.front() == '\\' && rest.size() > 1 && kEscapable.contains(rest[1])) {
      rest.remove_prefix(1);
    }
    word += rest.front();
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return false;
  }
  rest.remove_prefix(1);
  return true;
}

}  // namespace

Result<std::vector<std::string>> shell_words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const auto start = line.find_first_not_of(kBlank);
    if (start == std::string_view::npos) {
      break;
    }
    line.remove_prefix(start);
    std::string word;
    while (!line.empty() && !kBlank.contains(line.front())) {
      if (!take_piece(line, word)) {
        return fail(Fault::configuration, "the command has an open quote or ends in a backslash");
      }
    }
    words.push_back(std::move(word));
  }
  if (words.empty()) {
    return fail(Fault::configuration, "the command is empty");
  }
  return words;
}

}  // namespace touchsts::codec
