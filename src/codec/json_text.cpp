#include "codec/json_text.h"

#include <algorithm>

#include "base/format.h"

namespace touchsts::codec {

namespace {

// Takes parts off the front of a text.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  bool sign(char wanted) {
    blanks();
    const bool there = rest_.starts_with(wanted);
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }

  std::optional<Secret> text() {
    SecretWriter out;
    if (!sign('"')) {
      return std::nullopt;
    }
    while (!rest_.empty() && static_cast<unsigned char>(rest_.front()) >= 0x20) {
      if (rest_.front() == '"') {
        rest_.remove_prefix(1);
        return out.take();
      }
      if (rest_.front() == '\\') {
        rest_.remove_prefix(1);
        if (rest_.empty() || !std::string_view("\"\\/").contains(rest_.front())) {
          return std::nullopt;
        }
      }
      out.append(rest_.substr(0, 1));
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

  bool at_end() {
    blanks();
    return rest_.empty();
  }

 private:
  void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<std::pair<std::string, Secret>>> read_json_texts(std::string_view text) {
  JsonReader reader(text);
  std::vector<std::pair<std::string, Secret>> fields;
  if (!reader.sign('{')) {
    return std::nullopt;
  }
  bool more = !reader.sign('}');
  while (more) {
    auto name = reader.text();
    auto value = name && reader.sign(':') ? reader.text() : std::nullopt;
    if (!value) {
      return std::nullopt;
    }
    fields.emplace_back(name->reveal_text(), *std::move(value));
    more = reader.sign(',');
    if (!more && !reader.sign('}')) {
      return std::nullopt;
    }
  }
  return reader.at_end() ? std::optional(std::move(fields)) : std::nullopt;
}

void append_json_text(SecretWriter& out, std::string_view text) {
  out.append(std::string_view("\""));
  std::size_t done = 0;  // what needs no escape is appended in one piece
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool control = static_cast<unsigned char>(c) < 0x20;
    if (c == '"' || c == '\\' || control) {
      out.append(text.substr(done, i - done));
      if (control) {
        out.append(formatted("\\u{:04x}", static_cast<unsigned>(c)));
        done = i + 1;
      } else {
        out.append(std::string_view("\\"));
        done = i;
      }
    }
  }
  out.append(text.substr(done));
  out.append(std::string_view("\""));
}

}  // namespace touchsts::codec
