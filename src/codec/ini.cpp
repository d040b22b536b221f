#include "codec/ini.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/untrusted.h"
#include "codec/ascii.h"

namespace touchsts::codec {
namespace {

bool is_comment_sign(char c) { return c == '#' || c == ';'; }

// A blank of UTF-8 at the beginning (or end) of `text`: how many bytes it has; 0 when there is none.
constexpr std::string_view kWideBlanks[] = {"\u00a0",
                                            "\u0085",
                                            "\u1680",
                                            "\u2000",
                                            "\u2001",
                                            "\u2002",
                                            "\u2003",
                                            "\u2004",
                                            "\u2005",
                                            "\u2006",
                                            "\u2007",
                                            "\u2008",
                                            "\u2009",
                                            "\u200a",
                                            "\u2028",
                                            "\u2029",
                                            "\u202f",
                                            "\u205f",
                                            "\u3000"};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }

std::size_t blank_at_start(std::string_view text) {
  if (text.empty() || static_cast<unsigned char>(text.front()) < 0x80) {
    return !text.empty() && is_blank(text.front()) ? 1 : 0;
  }
  const auto found =
      std::ranges::find_if(kWideBlanks, [text](std::string_view blank) { return text.starts_with(blank); });
  return found == std::end(kWideBlanks) ? 0 : found->size();
}

std::size_t blank_at_end(std::string_view text) {
  if (text.empty() || static_cast<unsigned char>(text.back()) < 0x80) {
    return !text.empty() && is_blank(text.back()) ? 1 : 0;
  }
  const auto found =
      std::ranges::find_if(kWideBlanks, [text](std::string_view blank) { return text.ends_with(blank); });
  return found == std::end(kWideBlanks) ? 0 : found->size();
}

// A comment inside a value needs a blank before its sign: "a=b#c" has the value "b#c". A value that is JSON may have
// such signs in its texts.
std::string_view without_comment(std::string_view value) {
  const bool json = stripped(value).starts_with('{');
  bool quoted = false;
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (json && quoted && value[i] == '\\') {
      ++i;
    } else if (json && value[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && is_comment_sign(value[i]) && (value[i - 1] == ' ' || value[i - 1] == '\t')) {
      return value.substr(0, i);
    }
  }
  return value;
}

struct Split {
  std::string_view name;
  std::string_view value;
};

std::optional<Split> split_at_equals(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) {
    return std::nullopt;
  }
  return Split{stripped(line.substr(0, equals)), line.substr(equals + 1)};
}

using Kind = IniLine::Kind;

struct Line {
  Kind kind;
  std::string_view content;  // stripped
};

// What a line is depends on its first sign that is no blank, and on whether blanks stand before it.
Line read_line(std::string_view text) {
  const std::string_view content = stripped(text);
  if (content.empty() || is_comment_sign(content.front())) {
    return {Kind::nothing, {}};
  }
  const bool indented = content.data() != text.data();
  return {indented ? Kind::indented : content.front() == '[' ? Kind::header : Kind::property, content};
}

std::string_view value_of(const Split& property) { return stripped(without_comment(property.value)); }

// The line that `text` begins with, with its line end.
std::string_view first_line(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
}

// Checks line by line; what may follow depends on what came before.
class Checker {
 public:
  explicit Checker(std::size_t most_sections) { sections_.reserve(most_sections); }

  Result<> line(std::string_view text) {
    ++number_;
    const Line line = read_line(text);
    switch (line.kind) {
      case Kind::nothing:
        break;
      case Kind::header:
        return header(text, line.content);
      case Kind::property:
        TRY(property(line.content));
        break;
      case Kind::indented:
        TRY(indented(line.content));
        break;
    }
    if (!sections_.empty()) {
      std::string_view& body = sections_.back().body;
      body = {body.data(), body.size() + text.size()};
    }
    return {};
  }

  std::vector<IniSection> sections() { return std::move(sections_); }

 private:
  enum class Open { nothing, value, sub_properties, skipped };  // what an indented line goes on with

  Result<> header(std::string_view text, std::string_view content) {
    const auto close = content.find(']');
    if (close == std::string_view::npos) {
      return fail(Fault::configuration, "line {}: the section header has no ']'", number_);
    }
    const std::string_view after = stripped(content.substr(close + 1));
    if (!after.empty() && !is_comment_sign(after.front())) {
      return fail(Fault::configuration, "line {}: unexpected text after ']'", number_);
    }
    if (sections_.size() == kIniSectionLimit) {
      return fail(Fault::configuration, "more than {} sections", kIniSectionLimit);
    }
    sections_.push_back({stripped(content.substr(1, close - 1)), text, text.substr(text.size()), number_, false});
    open_ = Open::nothing;
    return {};
  }

  Result<> property(std::string_view content) {
    if (sections_.empty()) {
      return fail(Fault::configuration, "line {}: a property before any section", number_);
    }
    const auto split = split_at_equals(content);
    if (!split) {
      return fail(Fault::configuration, "line {}: a property needs '=' between its name and its value", number_);
    }
    if (split->name.empty()) {
      return fail(Fault::configuration, "line {}: a property without a name", number_);
    }
    const bool skipped = !is_name(split->name);
    sections_.back().skips_lines |= skipped;
    open_ = skipped ? Open::skipped : value_of(*split).empty() ? Open::sub_properties : Open::value;
    key_ = split->name;
    key_line_ = number_;
    return {};
  }

  Result<> indented(std::string_view content) {
    if (open_ == Open::nothing) {
      return fail(Fault::configuration, "line {}: an indented line that continues nothing", number_);
    }
    if (open_ != Open::sub_properties) {
      return {};
    }
    const auto split = split_at_equals(content);
    if (!split || split->name.empty()) {
      return fail(Fault::configuration,
                  "line {}: below '{}' every indented line must be 'name = value'",
                  key_line_,
                  Untrusted{lower(key_)});
    }
    return {};
  }

  std::vector<IniSection> sections_;
  int number_ = 0;
  Open open_ = Open::nothing;
  std::string_view key_;
  int key_line_ = 0;
};

// A property as it stands in a checked text. The pieces are views, so that no copy of a secret is made on the way.
struct Pieces {
  std::string_view name;
  std::vector<std::string_view> values;  // of its own line and of those that continue it
  int line = 0;
};

IniProperty property_of(const Pieces& pieces, bool (*is_secret)(std::string_view)) {
  IniProperty made{.key = lower(pieces.name), .value = {}, .secret = {}, .sub = {}, .line = pieces.line};
  const auto more = std::span(pieces.values).subspan(1);
  if (pieces.values.front().empty() && !more.empty()) {
    for (const std::string_view piece : more) {
      const auto split = split_at_equals(piece);
      if (split && !split->name.empty()) {  // tags and their like may have any name
        made.sub.emplace_back(split->name, stripped(split->value));
      }
    }
  } else if (is_secret(made.key)) {
    made.secret = Secret(pieces.values.front());
  } else {
    made.value = pieces.values.front();
    for (const std::string_view piece : more) {
      made.value += '\n';
      made.value += piece;
    }
  }
  return made;
}

}  // namespace

std::string_view stripped(std::string_view text) {
  while (const std::size_t size = blank_at_start(text)) {
    text.remove_prefix(size);
  }
  while (const std::size_t size = blank_at_end(text)) {
    text.remove_suffix(size);
  }
  return text;
}

bool is_name(std::string_view text) {
  constexpr std::string_view kSigns = "_-/.%@:+";
  const auto fits = [kSigns](char c) {
    return (c >= 'a' && c <= 'z') || c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kSigns.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

Result<std::vector<IniSection>> parse_ini(std::string_view text) {
  if (text.contains('\0')) {
    return fail(Fault::configuration, "the file holds a NUL byte");
  }
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  // Growing by doubling would copy the list of a large file many times over.
  Checker checker(std::min(static_cast<std::size_t>(std::ranges::count(text, '[')), kIniSectionLimit));
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    TRY(checker.line(line));
    text.remove_prefix(line.size());
  }
  return checker.sections();
}

std::vector<IniLine> body_lines(std::string_view body) {
  std::vector<IniLine> lines;
  std::string_view name;
  while (!body.empty()) {
    const std::string_view text = first_line(body);
    body.remove_prefix(text.size());
    const Line line = read_line(text);
    if (line.kind == Kind::property) {
      const auto split = split_at_equals(line.content);
      name = split ? split->name : std::string_view();
    }
    lines.push_back({line.kind, text, line.content, line.kind == Kind::nothing ? std::string_view() : name});
  }
  return lines;
}

std::vector<IniProperty> properties_of(const IniSection& section, bool (*is_secret)(std::string_view key)) {
  std::vector<IniProperty> properties;
  Pieces open;
  const auto close = [&] {
    if (is_name(open.name)) {  // AWS's SDKs skip names they do not allow
      properties.push_back(property_of(open, is_secret));
    }
  };
  std::string_view rest = section.body;
  for (int number = section.line + 1; !rest.empty(); ++number) {
    const std::string_view text = first_line(rest);
    rest.remove_prefix(text.size());
    const Line line = read_line(text);
    if (line.kind == Kind::property) {
      close();
      const auto split = split_at_equals(line.content);
      open = {split->name, {value_of(*split)}, number};
    } else if (line.kind == Kind::indented) {
      open.values.push_back(line.content);
    }
  }
  close();
  return properties;
}

}  // namespace touchsts::codec
