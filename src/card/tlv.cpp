#include "card/tlv.h"

namespace touchsts::card {
namespace {

constexpr std::uint8_t kOneMore = 0x81;
constexpr std::uint8_t kTwoMore = 0x82;

Result<std::size_t> read_length(ByteReader& in) {
  const std::uint8_t first = TRY(in.u8());
  if (first < 0x80) {
    return first;
  }
  if (first == kOneMore) {
    return TRY(in.u8());
  }
  if (first == kTwoMore) {
    const std::size_t high = TRY(in.u8());
    const std::size_t low = TRY(in.u8());
    return high << 8 | low;
  }
  return fail(Fault::malformed, "a TLV length that starts with {:02x}", first);
}

}  // namespace

Result<Tlv> read_tlv(ByteReader& in) {
  Tlv object;
  object.tag = TRY(in.u8());
  const std::size_t length = TRY(read_length(in));
  if (length > in.remaining()) {
    return fail(Fault::malformed, "a TLV of {} bytes that ends after {}", length, in.remaining());
  }
  object.value = TRY(in.take(length));
  return object;
}

Result<std::vector<Tlv>> read_tlvs(std::span<const std::byte> bytes, std::size_t most) {
  ByteReader in(bytes);
  std::vector<Tlv> objects;
  while (in.remaining() > 0) {
    if (objects.size() == most) {
      return fail(Fault::malformed, "more than {} TLV objects", most);
    }
    objects.push_back(TRY(within("the key's answer", read_tlv(in))));
  }
  return objects;
}

void write_tlv(ByteWriter& out, std::uint8_t tag, std::span<const std::byte> value) {
  out.u8(tag);
  if (value.size() > 0xFF) {
    out.u8(kTwoMore);
    out.u8(static_cast<std::uint8_t>(value.size() >> 8));
  } else if (value.size() > 0x7F) {
    out.u8(kOneMore);
  }
  out.u8(static_cast<std::uint8_t>(value.size() & 0xFF));
  out.bytes(value);
}

}  // namespace touchsts::card
