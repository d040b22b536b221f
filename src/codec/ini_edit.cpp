#include "codec/ini_edit.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "base/untrusted.h"
#include "codec/ini.h"

namespace touchsts::codec {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }
bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with(';'); }
bool is_indented(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

// The header of the section that the line opens; nothing when it opens none.
std::optional<std::string_view> header_of(std::string_view line) {
  const auto close = line.find(']');
  return line.starts_with('[') && close != std::string_view::npos ? std::optional(trimmed(line.substr(1, close - 1)))
                                                                  : std::nullopt;
}

bool has_key(std::string_view line, std::span<const std::string_view> keys) {
  std::string key(trimmed(line.substr(0, line.find('='))));
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::contains(keys, key);
}

// Views of the lines, each with its line end.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// What stays of a section's lines, of which the first is its header.
std::vector<std::string_view> kept_of(std::span<const std::string_view> section,
                                      std::span<const std::string_view> keys) {
  std::vector<std::string_view> kept;
  bool dropping = false;
  for (const std::string_view line : section.subspan(1)) {
    if (!is_blank(line) && !is_comment(line) && !is_indented(line)) {
      dropping = has_key(line, keys);
    }
    // Comments and blank lines belong to nobody; an indented line goes on with the property above it.
    if (!dropping || is_blank(line) || is_comment(line)) {
      kept.push_back(line);
    }
  }
  if (std::ranges::all_of(kept, is_blank)) {
    return {};
  }
  kept.insert(kept.begin(), section.front());
  return kept;
}

}  // namespace

Result<Secret> without_properties(std::string_view text,
                                  std::string_view header,
                                  std::span<const std::string_view> keys) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  SecretWriter out;
  if (text.starts_with(kMark)) {
    out.append(kMark);
    text.remove_prefix(kMark.size());
  }
  const auto lines = lines_of(text);
  const auto opens = [header](std::string_view line) { return header_of(line) == header; };
  const auto first = std::ranges::find_if(lines, opens);
  if (first == lines.end()) {
    return fail(Fault::configuration, "there is no section [{}]", Untrusted{header});
  }
  if (std::find_if(first + 1, lines.end(), opens) != lines.end()) {
    return fail(Fault::configuration, "there are two sections [{}]", Untrusted{header});
  }
  const auto last = std::find_if(first + 1, lines.end(), [](auto line) { return header_of(line).has_value(); });
  std::for_each(lines.begin(), first, [&out](auto line) { out.append(line); });
  for (const std::string_view line : kept_of({first, last}, keys)) {
    out.append(line);
  }
  std::for_each(last, lines.end(), [&out](auto line) { out.append(line); });
  return out.take();
}

}  // namespace touchsts::codec
