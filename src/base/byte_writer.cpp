#include "base/byte_writer.h"

#include <array>
#include <cstddef>

namespace touchsts {

void ByteWriter::number(std::uint64_t value, int size) {
  std::array<std::byte, 8> bytes{};
  for (int i = 0; i < size; ++i) {
    bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (8 * i) & 0xFF);
  }
  writer_.append(std::span<const std::byte>(bytes).first(static_cast<std::size_t>(size)));
}

void ByteWriter::sized(std::span<const std::byte> bytes) {
  u32_le(static_cast<std::uint32_t>(bytes.size()));
  writer_.append(bytes);
}

void ByteWriter::sized(std::string_view text) { sized(std::as_bytes(std::span(text))); }

}  // namespace touchsts
