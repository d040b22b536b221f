#include "base/byte_reader.h"

namespace touchsts {
namespace {

template <class Number>
Result<Number> little_endian(Result<std::span<const std::byte>> bytes) {
  if (!bytes) {
    return std::unexpected(std::move(bytes).error());
  }
  Number value = 0;
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    value = static_cast<Number>(value | (static_cast<Number>((*bytes)[i]) << (8 * i)));
  }
  return value;
}

}  // namespace

Result<std::span<const std::byte>> ByteReader::take(std::size_t size) {
  if (size > rest_.size()) {
    return fail(Fault::malformed, "{} bytes expected, {} left", size, rest_.size());
  }
  const auto taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

Result<std::uint8_t> ByteReader::u8() { return little_endian<std::uint8_t>(take(1)); }
Result<std::uint16_t> ByteReader::u16_le() { return little_endian<std::uint16_t>(take(2)); }
Result<std::uint32_t> ByteReader::u32_le() { return little_endian<std::uint32_t>(take(4)); }
Result<std::uint64_t> ByteReader::u64_le() { return little_endian<std::uint64_t>(take(8)); }

Result<std::span<const std::byte>> ByteReader::take_sized() {
  const auto size = TRY(u32_le());
  return take(size);
}

Result<> ByteReader::finish() const {
  if (!rest_.empty()) {
    return fail(Fault::malformed, "{} bytes too many", rest_.size());
  }
  return {};
}

}  // namespace touchsts
