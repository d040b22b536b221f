#include "saml/refresh.h"

#include <algorithm>

#include "codec/ascii.h"

namespace touchsts::saml {
namespace {

constexpr int kLongest = 86'400;  // seconds; no log-in waits longer

std::string_view after_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n\f")));
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The part after "url =", without quotes; the whole text if it does not begin so.
std::string_view url_in(std::string_view text) {
  std::string_view rest = text;
  if (codec::lower(text.substr(0, 3)) == "url") {
    const std::string_view behind = after_blanks(text.substr(3));
    rest = behind.starts_with('=') ? after_blanks(behind.substr(1)) : text;
  }
  if (rest.starts_with('\'') || rest.starts_with('"')) {
    const char quote = rest.front();
    rest.remove_prefix(1);
    rest = rest.substr(0, rest.find(quote));
  }
  return rest;
}

}  // namespace

std::optional<Refresh> parse_refresh(std::string_view text) {
  text = after_blanks(text);
  if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) {
    return std::nullopt;
  }
  int seconds = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    seconds = std::min(kLongest, (seconds * 10) + (text.front() - '0'));
  }
  text.remove_prefix(std::min(text.size(), text.find_first_not_of("0123456789.")));
  Refresh refresh{.after = Seconds(seconds), .url = {}};
  constexpr std::string_view kBehindTime = ";, \t\r\n\f";
  if (text.empty()) {
    return refresh;
  }
  if (!kBehindTime.contains(text.front())) {
    return std::nullopt;
  }
  text = after_blanks(text);
  if (text.starts_with(';') || text.starts_with(',')) {
    text = after_blanks(text.substr(1));
  }
  refresh.url = url_in(text);
  return refresh;
}

}  // namespace touchsts::saml
