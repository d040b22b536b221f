// Bytes as lower-case hexadecimal digits.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace touchsts::codec {

std::string hex(std::span<const std::byte> bytes);

}  // namespace touchsts::codec
