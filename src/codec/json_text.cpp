#include "codec/json_text.h"

#include "base/format.h"

namespace touchsts::codec {

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
