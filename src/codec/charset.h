// Character sets of HTML pages (WHATWG Encoding, 4.2 and 9.1; WHATWG HTML, 13.2.3 and 4.10.21.8).
#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"

namespace touchsts::codec {

// Servers that say Latin-1 or ASCII mean windows-1252; every other page is read as UTF-8.
enum class Charset { utf8, windows_1252 };

// charset_named reads one label ("ISO-8859-1"); nothing for those that we do not have.
std::optional<Charset> charset_named(std::string_view label);

// charset_of_page decides as browsers do: a byte order mark, else the Content-Type header, else <meta> in the first
// kilobyte.
Charset charset_of_page(std::string_view content_type, std::string_view page);

Secret to_utf8(Secret text, Charset charset);

// append_form_encoded writes UTF-8 as application/x-www-form-urlencoded in `charset`; what it does not have becomes
// a character reference.
void append_form_encoded(SecretWriter& out, std::string_view text, Charset charset);

}  // namespace touchsts::codec
