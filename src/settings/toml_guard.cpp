#include "settings/toml_guard.h"

#include <algorithm>
#include <string>

namespace touchsts::settings {
namespace {

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

bool is_plain(char c) {
  constexpr std::string_view kSigns = "_-.=,[]{}+: \t\r\n";
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kSigns.contains(c);
}

class Guard {
 public:
  explicit Guard(std::string_view text) : rest_(text) {}

  Result<> run() {
    while (!rest_.empty()) {
      TRY(next());
    }
    return {};
  }

 private:
  Result<> next() {
    const char c = rest_.front();
    if (c == '#') {
      return comment();
    }
    if (c == '"' || c == '\'') {
      return string(c);
    }
    if (!is_plain(c)) {
      return fail(Fault::configuration, "line {}: a character that TOML has in strings and comments only", line_);
    }
    if (c == '[' && line_start_ && open_.empty() && !header_has_key()) {
      return fail(Fault::configuration, "line {}: a table header without a name", line_);
    }
    if (!brackets_match(c)) {
      return fail(Fault::configuration, "line {}: a '{}' that closes nothing", line_, c);
    }
    line_start_ = c == '\n' || (line_start_ && (c == ' ' || c == '\t' || c == '\r'));
    parts_ = c == '\n' || c == '=' ? 1 : parts_ + (c == '.' ? 1 : 0);
    if (open_.size() > kTomlDepth) {
      return fail(Fault::configuration, "line {}: nested deeper than {}", line_, kTomlDepth);
    }
    if (parts_ > kTomlKeyParts) {
      return fail(Fault::configuration, "line {}: a key of more than {} parts", line_, kTomlKeyParts);
    }
    advance(1);
    return {};
  }

  // The library assumes that an array's bracket is not followed by the end of a table.
  bool brackets_match(char c) {
    if (c == '[' || c == '{') {
      open_ += c == '[' ? ']' : '}';
    } else if (c == ']' || c == '}') {
      if (!open_.ends_with(c)) {
        return false;
      }
      open_.pop_back();
    }
    return true;
  }

  // The library assumes that what follows a header's brackets starts a key.
  bool header_has_key() const {
    const std::size_t brackets = rest_.starts_with("[[") ? 2 : 1;
    const auto start = rest_.find_first_not_of(" \t", brackets);
    if (start == std::string_view::npos) {
      return false;
    }
    const char c = rest_[start];
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '"' || c == '\'';
  }

  Result<> comment() {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    if (std::ranges::any_of(line, is_control)) {
      return fail(Fault::configuration, "line {}: a control character in a comment", line_);
    }
    advance(line.size());
    return {};
  }

  Result<> string(char quote) {
    line_start_ = false;
    const std::string triple(3, quote);
    const bool multi_line = rest_.starts_with(triple);
    const std::string_view close = multi_line ? std::string_view(triple) : std::string_view(triple).substr(0, 1);
    const int start = line_;
    advance(close.size());
    while (!rest_.empty() && !rest_.starts_with(close)) {
      if (is_control(rest_.front()) || (!multi_line && rest_.front() == '\n')) {
        return fail(Fault::configuration, "line {}: a control character or line end in a string", line_);
      }
      advance(quote == '"' && rest_.front() == '\\' && rest_.size() > 1 ? 2 : 1);
    }
    if (rest_.empty()) {
      return fail(Fault::configuration, "line {}: a string without an end", start);
    }
    advance(close.size());
    return {};
  }

  void advance(std::size_t count) {
    line_ += static_cast<int>(std::ranges::count(rest_.substr(0, count), '\n'));
    rest_.remove_prefix(count);
  }

  std::string_view rest_;
  int line_ = 1;
  std::string open_;  // what closes the brackets that are open
  int parts_ = 1;
  bool line_start_ = true;  // nothing but blanks on this line so far
};

}  // namespace

Result<> guard_toml(std::string_view text) {
  if (text.size() > kTomlLimit) {
    return fail(Fault::configuration, "the file is larger than {} KiB", kTomlLimit / 1024);
  }
  if (text.contains('\0')) {
    return fail(Fault::configuration, "the file holds a NUL byte");
  }
  return Guard(text).run();
}

}  // namespace touchsts::settings
