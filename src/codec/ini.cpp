#include "codec/ini.h"

#include <algorithm>
#include <optional>

#include "base/untrusted.h"

namespace touchsts::codec {
namespace {

constexpr std::string_view kBlank = " \t";

bool is_blank(char c) { return kBlank.contains(c); }
bool is_comment_sign(char c) { return c == '#' || c == ';'; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(
      result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

// A comment inside a value needs a blank before its sign: "a=b#c" has the value "b#c".
std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_comment_sign(value[i]) && i > 0 && is_blank(value[i - 1])) {
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
  return Split{trimmed(line.substr(0, equals)), line.substr(equals + 1)};
}

// Reads line by line; what a line means depends on what came before it.
class Reader {
 public:
  explicit Reader(bool (*is_secret)(std::string_view)) : is_secret_(is_secret) {}

  Result<> line(std::string_view text, int number) {
    number_ = number;
    const std::string_view content = trimmed(text);
    if (content.empty() || is_comment_sign(text.front())) {
      return {};
    }
    if (is_blank(text.front())) {
      return indented(content);
    }
    TRY(close_property());
    return text.front() == '[' ? header(content) : property(content);
  }

  Result<std::vector<IniSection>> finish() {
    TRY(close_property());
    return std::move(sections_);
  }

 private:
  Result<> header(std::string_view content) {
    const auto close = content.find(']');
    if (close == std::string_view::npos) {
      return fail(Fault::configuration, "line {}: the section header has no ']'", number_);
    }
    const std::string_view after = trimmed(content.substr(close + 1));
    if (!after.empty() && !is_comment_sign(after.front())) {
      return fail(Fault::configuration, "line {}: unexpected text after ']'", number_);
    }
    if (sections_.size() == kIniSectionLimit) {
      return fail(Fault::configuration, "more than {} sections", kIniSectionLimit);
    }
    sections_.push_back({std::string(trimmed(content.substr(1, close - 1))), {}, number_});
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
    open_ = true;
    key_ = lower(split->name);
    line_ = number_;
    pieces_ = {trimmed(without_comment(split->value))};
    return {};
  }

  Result<> indented(std::string_view content) {
    if (!open_) {
      return fail(Fault::configuration, "line {}: an indented line that continues nothing", number_);
    }
    pieces_.push_back(content);
    return {};
  }

  // Pieces are views into the text, so that no copy of a secret is made on the way.
  Result<> close_property() {
    if (!open_) {
      return {};
    }
    open_ = false;
    if (!is_name(key_)) {
      return {};  // AWS's SDKs skip names they do not allow
    }
    IniProperty made{.key = key_, .value = {}, .secret = {}, .sub = {}, .line = line_};
    if (pieces_.front().empty() && pieces_.size() > 1) {
      TRY(read_sub_properties(made));
    } else if (is_secret_(key_)) {
      made.secret = Secret(pieces_.front());
    } else {
      made.value = pieces_.front();
      for (const std::string_view piece : std::span(pieces_).subspan(1)) {
        made.value += '\n';
        made.value += piece;
      }
    }
    sections_.back().properties.push_back(std::move(made));
    return {};
  }

  Result<> read_sub_properties(IniProperty& made) {
    for (const std::string_view piece : std::span(pieces_).subspan(1)) {
      if (is_comment_sign(piece.front())) {
        continue;
      }
      const auto split = split_at_equals(piece);
      if (!split || split->name.empty()) {
        return fail(Fault::configuration,
                    "line {}: below '{}' every indented line must be 'name = value'",
                    line_,
                    Untrusted{key_});
      }
      std::string name = lower(split->name);
      if (is_name(name)) {
        made.sub.emplace_back(std::move(name), trimmed(split->value));
      }
    }
    return {};
  }

  bool (*is_secret_)(std::string_view);
  std::vector<IniSection> sections_;
  int number_ = 0;

  bool open_ = false;  // a property whose continuation may still come
  std::string key_;
  int line_ = 0;
  std::vector<std::string_view> pieces_;
};

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_name(std::string_view text) {
  constexpr std::string_view kSigns = "_-/.%@:+";
  const auto fits = [kSigns](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kSigns.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

Result<std::vector<IniSection>> parse_ini(std::string_view text, bool (*is_secret)(std::string_view key)) {
  if (text.contains('\0')) {
    return fail(Fault::configuration, "the file holds a NUL byte");
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  Reader reader(is_secret);
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    TRY(reader.line(line, number));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return reader.finish();
}

}  // namespace touchsts::codec
