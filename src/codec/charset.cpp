#include "codec/charset.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "codec/ascii.h"
#include "codec/percent.h"

namespace touchsts::codec {
namespace {

constexpr std::string_view kBlank = " \t\r\n\f";
constexpr std::size_t kPrescan = 1024;  // bytes

// What 0x80 to 0x9F are in windows-1252; all other bytes are their own code points.
constexpr std::array<std::uint16_t, 32> kHigh = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                                 0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                                 0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

std::string_view without_blanks_ahead(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlank)));
  return text;
}

// The value of charset= in a Content-Type or in a <meta> tag; "" when there is none.
std::string_view charset_in(std::string_view text) {
  constexpr std::string_view kName = "charset";
  for (auto at = text.find(kName); at != std::string_view::npos; at = text.find(kName, at + 1)) {
    std::string_view rest = without_blanks_ahead(text.substr(at + kName.size()));
    if (!rest.starts_with('=')) {
      continue;
    }
    rest = without_blanks_ahead(rest.substr(1));
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of("\"'")));
    return rest.substr(0, rest.find_first_of(" \t\r\n\f\"';,/>"));
  }
  return {};
}

std::string_view charset_in_meta(std::string_view page) {
  for (auto at = page.find('<'); at != std::string_view::npos; at = page.find('<', at + 1)) {
    const std::string_view rest = page.substr(at);
    if (rest.starts_with("<!--")) {
      const auto end = page.find("-->", at);
      at = end == std::string_view::npos ? page.size() - 1 : end;
    } else if (rest.starts_with("<meta")) {
      if (const std::string_view found = charset_in(rest.substr(0, rest.find('>'))); !found.empty()) {
        return found;
      }
    }
  }
  return {};
}

void append_code_point(SecretWriter& out, std::uint16_t code) {
  const auto byte = [](unsigned value) { return static_cast<char>(value); };
  const std::array<char, 3> three = {
      byte(0xE0U | code >> 12U), byte(0x80U | (code >> 6U & 0x3FU)), byte(0x80U | (code & 0x3FU))};
  const std::array<char, 2> two = {byte(0xC0U | code >> 6U), byte(0x80U | (code & 0x3FU))};
  const char one = byte(code);
  out.append(code < 0x80    ? std::string_view(&one, 1)
             : code < 0x800 ? std::string_view(two.data(), two.size())
                            : std::string_view(three.data(), three.size()));
}

// The code point that `text` begins with, which is taken off; a byte that is not UTF-8 stands for itself.
std::uint32_t take_code_point(std::string_view& text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const std::uint32_t first = at(0);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint32_t code = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0U) != 0x80) {
      text.remove_prefix(1);
      return first;
    }
    code = code << 6U | (at(i) & 0x3FU);
  }
  text.remove_prefix(length);
  return code;
}

}  // namespace

std::optional<Charset> charset_named(std::string_view label) {
  constexpr std::array<std::string_view, 8> kLatin = {
      "iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii", "ascii", "windows-1252", "cp1252"};
  const std::string name = lower(label);
  return name == "utf-8" || name == "utf8"     ? std::optional(Charset::utf8)
         : std::ranges::contains(kLatin, name) ? std::optional(Charset::windows_1252)
                                               : std::nullopt;
}

Charset charset_of_page(std::string_view content_type, std::string_view page) {
  if (page.starts_with("\xEF\xBB\xBF")) {
    return Charset::utf8;
  }
  const std::string type = lower(content_type);
  if (const auto named = charset_named(charset_in(type))) {
    return *named;
  }
  const std::string head = lower(page.substr(0, kPrescan));
  return charset_named(charset_in_meta(head)).value_or(Charset::utf8);
}

Secret to_utf8(Secret text, Charset charset) {
  if (charset == Charset::utf8) {
    return text;
  }
  SecretWriter out;
  for (const char c : text.reveal_text()) {
    const auto byte = static_cast<unsigned char>(c);
    append_code_point(out, byte >= 0x80 && byte < 0xA0 ? kHigh.at(byte - 0x80U) : byte);
  }
  return out.take();
}

void append_form_encoded(SecretWriter& out, std::string_view text, Charset charset) {
  if (charset == Charset::utf8) {
    append_percent_encoded(out, text);
    return;
  }
  while (!text.empty()) {
    const std::uint32_t code = take_code_point(text);
    const auto* const high = std::ranges::find(kHigh, code);
    if (code < 0x80 || (code >= 0xA0 && code < 0x100) || high != kHigh.end()) {
      const char byte = static_cast<char>(high != kHigh.end() ? 0x80 + (high - kHigh.begin()) : code);
      append_percent_encoded(out, std::string_view(&byte, 1));
    } else {
      append_percent_encoded(out, "&#" + std::to_string(code) + ";");
    }
  }
}

}  // namespace touchsts::codec
