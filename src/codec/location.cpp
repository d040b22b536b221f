#include "codec/location.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/untrusted.h"
#include "codec/ascii.h"

namespace touchsts::codec {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The scheme in front of the first ':', in lower case; nothing when the reference has none.
std::optional<std::string> scheme_of(std::string_view reference) {
  const auto colon = reference.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(reference.front())) {
    return std::nullopt;
  }
  const std::string_view scheme = reference.substr(0, colon);
  const auto part = [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; };
  if (!std::ranges::all_of(scheme, part)) {
    return std::nullopt;
  }
  return lower(scheme);
}

// Without what does not count, and with slashes for backslashes ahead of the query.
std::string tidied(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  text = text.substr(first, text.find_last_not_of(kBlank) - first + 1);
  text = text.substr(0, text.find('#'));
  std::string out;
  bool query = false;
  for (const char c : text) {
    query = query || c == '?';
    if (c != '\t' && c != '\r' && c != '\n') {
      out += c == '\\' && !query ? '/' : c;
    }
  }
  return out;
}

std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kNever = "\"<>\\^`{|}";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && !kNever.contains(c)) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 0xFU];
    }
  }
  return out;
}

// RFC 3986, 5.2.4, for a path that starts with '/'.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool open = true;  // the path ends with a slash
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    open = true;
    if (part == "..") {
      if (!parts.empty()) {
        parts.pop_back();
      }
    } else if (part != ".") {
      parts.push_back(part);
      open = false;
    }
  }
  std::string out;
  for (const auto& part : parts) {
    out += '/';
    out += part;
  }
  return open ? out + "/" : out;
}

// `rest` is what follows the authority: nothing, a path, or a query.
std::string target_of(std::string_view rest) {
  const auto question = rest.find('?');
  const std::string_view path = rest.substr(0, question);
  const std::string_view query = question == std::string_view::npos ? "" : rest.substr(question);
  return encoded(without_dots(path.empty() ? "/" : path)) + encoded(query);
}

Result<Location> made(Origin origin, std::string target) {
  if (target.size() > kLongestLocation) {
    return fail(Fault::malformed, "a URL is longer than {} KiB", kLongestLocation / 1024);
  }
  return Location{std::move(origin), std::move(target)};
}

// "//host/path?query"
Result<Location> with_authority(std::string_view scheme, std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of('/')));
  const auto end = text.find_first_of("/?");
  const std::string_view rest = end == std::string_view::npos ? "" : text.substr(end);
  auto url = parse_url(std::string(scheme) + "://" + std::string(text.substr(0, end)), UserPart::refused);
  if (!url) {
    return fail(Fault::malformed, "{}", url.error().text);
  }
  return made(std::move(url->origin), target_of(rest));
}

}  // namespace

std::string to_text(const Location& location) { return to_text(location.origin) + location.target; }

std::string fragment_of(std::string_view url) {
  const auto sign = url.find('#');
  return sign == std::string_view::npos ? "" : encoded(url.substr(sign));
}

Result<Location> parse_location(std::string_view text) {
  const std::string tidy = tidied(text);
  const auto scheme = scheme_of(tidy);
  if (!scheme || (*scheme != "https" && *scheme != "http")) {
    return fail(Fault::malformed, "'{}' is not an http or https URL", Untrusted{beginning_of_url(text)});
  }
  return with_authority(*scheme, std::string_view(tidy).substr(scheme->size() + 1));
}

Result<Location> resolve(const Location& base, std::string_view reference) {
  const std::string tidy = tidied(reference);
  if (tidy.empty()) {
    return base;
  }
  if (scheme_of(tidy)) {
    return parse_location(tidy);
  }
  if (tidy.starts_with("//")) {
    return with_authority(base.origin.scheme, tidy);
  }
  if (tidy.starts_with('/')) {
    return made(base.origin, target_of(tidy));
  }
  const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  if (tidy.starts_with('?')) {
    return made(base.origin, std::string(path) + encoded(tidy));
  }
  const auto question = tidy.find('?');
  const std::string merged = std::string(path.substr(0, path.rfind('/') + 1)) + tidy.substr(0, question);
  const std::string query = question == std::string::npos ? "" : tidy.substr(question);
  return made(base.origin, encoded(without_dots(merged)) + encoded(query));
}

}  // namespace touchsts::codec
