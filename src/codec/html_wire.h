// A page that was read, as bytes: it is read in a process that can do nothing else.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "base/secret.h"
#include "codec/html.h"

namespace touchsts::codec {

// Fields of base/byte_writer.h: title, base, the number of forms (u16) and each form: id, name, action, posts (u8), the
// number of fields (u16) and each field: name, type, value, checked (u8). Texts are sized.
Secret pack_html(const HtmlPage& page);

// unpack_html trusts nobody: Fault::malformed when the bytes are anything else or break the limits of codec/html.h.
Result<HtmlPage> unpack_html(std::span<const std::byte> bytes);

}  // namespace touchsts::codec
