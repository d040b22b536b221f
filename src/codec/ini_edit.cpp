#include "codec/ini_edit.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/ini.h"

namespace touchsts::codec {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

struct BodyLine {
  std::string_view text;  // with its line end
  std::string key;        // of the property it belongs to, in lower case; "" of comments and blank lines
};

std::vector<BodyLine> lines_of(std::string_view body) {
  std::vector<BodyLine> lines;
  for (const auto& line : body_lines(body)) {
    lines.push_back({line.text, lower(line.name)});
  }
  return lines;
}

std::string_view last_line_of(std::string_view text) {
  const std::string_view inner = text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0));
  return inner.substr(inner.rfind('\n') + 1);
}

Secret joined(std::string_view before, const Secret& middle, std::string_view after) {
  Secret all = Secret::blank(before.size() + middle.size() + after.size());
  auto* const end = std::ranges::copy(std::as_bytes(std::span(before)), all.reveal_writable().data()).out;
  auto* const last = std::ranges::copy(middle.reveal(), end).out;
  std::ranges::copy(std::as_bytes(std::span(after)), last);
  return all;
}

// What would not come back as it was written.
Result<> check(std::string_view key, std::string_view value) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  const bool comment = value.contains(" #") || value.contains(" ;") || value.contains("\t#") || value.contains("\t;");
  if (value.empty() || stripped(value).size() != value.size() || comment || std::ranges::any_of(value, is_control)) {
    return fail(Fault::malformed, "the value of {} cannot stand in such a file", Untrusted{key});
  }
  return {};
}

class Writer {
 public:
  explicit Writer(std::string_view line_end) : line_end_(line_end) {}

  void line(std::string_view text) { out_.append(text); }

  // end_line completes a last line that has no line end.
  void end_line(std::string_view last) {
    if (!last.empty() && !last.ends_with('\n')) {
      out_.append(line_end_);
    }
  }

  void property(std::string_view key, std::string_view value) {
    for (const std::string_view part : {key, std::string_view(" = "), value, line_end_}) {
      out_.append(part);
    }
  }

  Secret take() { return out_.take(); }

 private:
  std::string_view line_end_;
  SecretWriter out_;
};

std::string_view line_end_of(std::string_view text) {
  const auto end = text.find('\n');
  return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

// The body of a section after `change`.
Secret changed(std::string_view body, const IniChange& change, Writer out) {
  const auto lines = lines_of(body);
  const auto last = std::ranges::find_last_if(lines, [](const BodyLine& line) { return !line.key.empty(); });
  const auto below = last.empty() ? lines.begin() : last.begin() + 1;
  std::vector<std::string_view> written;
  const auto write = [&](const auto& property) {
    if (!std::ranges::contains(written, property.first)) {
      written.push_back(property.first);
      out.property(property.first, property.second);
    }
  };
  const auto copy = [&](const BodyLine& line) {
    const auto set = std::ranges::find(change.set, line.key, [](const auto& entry) { return entry.first; });
    if (set != change.set.end()) {
      write(*set);
    } else if (line.key.empty() || !std::ranges::contains(change.gone, line.key)) {
      out.line(line.text);
      out.end_line(line.text);
    }
  };
  std::for_each(lines.begin(), below, copy);
  std::ranges::for_each(change.set, write);
  std::for_each(below, lines.end(), copy);
  return out.take();
}

}  // namespace

Secret without_properties(std::string_view text,
                          const IniSection& section,
                          std::span<const std::string_view> keys,
                          Emptied emptied) {
  SecretWriter kept;
  bool empty = true;
  for (const auto& line : lines_of(section.body)) {
    if (line.key.empty() || !std::ranges::contains(keys, line.key)) {
      kept.append(line.text);
      empty = empty && is_blank(line.text);
    }
  }
  const bool goes = empty && emptied == Emptied::goes;
  const auto start = static_cast<std::size_t>((goes ? section.first : section.body).data() - text.data());
  const auto end = static_cast<std::size_t>(section.body.data() - text.data()) + section.body.size();
  return joined(text.substr(0, start), goes ? Secret() : kept.take(), text.substr(end));
}

Result<Secret> with_properties(std::string_view text,
                               const IniSection* section,
                               std::string_view header,
                               const IniChange& change) {
  for (const auto& [key, value] : change.set) {
    TRY(check(key, value));
  }
  Writer out(line_end_of(text));
  if (section != nullptr) {
    const auto start = static_cast<std::size_t>(section->body.data() - text.data());
    out.end_line(section->first);
    return joined(text.substr(0, start),
                  changed(section->body, change, std::move(out)),
                  text.substr(start + section->body.size()));
  }
  if (!text.empty() && text != kByteOrderMark) {
    out.end_line(text);
    if (!is_blank(last_line_of(text))) {
      out.line(line_end_of(text));
    }
  }
  for (const std::string_view part : {std::string_view("["), header, std::string_view("]"), line_end_of(text)}) {
    out.line(part);
  }
  for (const auto& [key, value] : change.set) {
    out.property(key, value);
  }
  return joined(text, out.take(), {});
}

}  // namespace touchsts::codec
