#include "codec/json_text.h"

#include "base/format.h"

namespace touchsts::codec {

void append_json_text(SecretWriter& out, std::string_view text) {
  out.append(std::string_view("\""));
  for (const char& c : text) {
    if (c == '"' || c == '\\') {
      out.append(std::string_view("\\"));
      out.append(std::string_view(&c, 1));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append(formatted("\\u{:04x}", static_cast<unsigned>(c)));
    } else {
      out.append(std::string_view(&c, 1));
    }
  }
  out.append(std::string_view("\""));
}

}  // namespace touchsts::codec
