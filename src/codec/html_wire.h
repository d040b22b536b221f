// A page that was read, as bytes: it is read in a process that can do nothing else.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "base/secret.h"
#include "codec/html.h"

namespace touchsts::codec {

// Fields of base/byte_writer.h: title, base, refresh, refresh_for_noscript, scripts, the number of forms (u16) and each
// form: id, name, action, posts, charset, the number of fields (u16) and each field: name, type, value, checked, label,
// action, posts (0: nothing, 1: no, 2: yes). Texts are sized, flags are u8.
Secret pack_html(const HtmlPage& page);

// unpack_html trusts no byte: Fault::malformed when the bytes are anything else or break the limits of codec/html.h.
Result<HtmlPage> unpack_html(std::span<const std::byte> bytes);

}  // namespace touchsts::codec
