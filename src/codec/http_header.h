// The header section of an HTTP/1.1 message (RFC 9112, 5), byte for byte: the HTTP library decodes percent signs in
// values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

inline constexpr std::size_t kHttpHeaderLimit = std::size_t{64} * 1024;  // bytes, with the status lines
inline constexpr std::size_t kHttpFieldLimit = 256;                      // field lines

using HttpFields = std::vector<std::pair<std::string, Secret>>;  // names in lower case, in order

// http_header_size is how many bytes of `text` are the header section of the final response, interim ones (1xx, RFC
// 9110, 15.2) included; nothing while it has not come to its end.
std::optional<std::size_t> http_header_size(std::string_view text);

// read_http_fields gives the fields of the final response in such a section. Lines that are no fields are skipped.
// Fault::malformed when there are too many.
Result<HttpFields> read_http_fields(std::string_view section);

}  // namespace touchsts::codec
