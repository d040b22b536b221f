#include "codec/http_header.h"

#include <algorithm>

#include "codec/ascii.h"

namespace touchsts::codec {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

// "HTTP/1.1 100 Continue": more is to come (but for 101, which is never asked for).
bool is_interim(std::string_view section) {
  const auto blank = section.substr(0, section.find('\r')).find(' ');
  return section.starts_with("HTTP/1.") && blank != std::string_view::npos && section.substr(blank + 1, 1) == "1" &&
         section.substr(blank + 1, 3) != "101";
}

// Where the final response begins in `text`; nothing while only interim ones are there.
std::optional<std::size_t> final_start(std::string_view text) {
  for (std::size_t start = 0;;) {
    const auto end = text.find(kEnd, start);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    if (!is_interim(text.substr(start))) {
      return start;
    }
    start = end + kEnd.size();
  }
}

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

}  // namespace

std::optional<std::size_t> http_header_size(std::string_view text) {
  const auto start = final_start(text);
  return start ? std::optional(text.find(kEnd, *start) + kEnd.size()) : std::nullopt;
}

Result<HttpFields> read_http_fields(std::string_view section) {
  HttpFields fields;
  std::string_view rest = section.substr(final_start(section).value_or(section.size()));
  take_line(rest);  // the status line
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      continue;
    }
    if (fields.size() == kHttpFieldLimit) {
      return fail(Fault::malformed, "the answer has more than {} header fields", kHttpFieldLimit);
    }
    fields.emplace_back(lower(line.substr(0, colon)), Secret(trimmed_lines(line.substr(colon + 1))));
  }
  return fields;
}

}  // namespace touchsts::codec
