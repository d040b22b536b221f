// BER-TLV with one-byte tags (ISO 7816-4, 5.2.2), as the OATH and management applets use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/result.h"

namespace touchsts::card {

struct Tlv {
  std::uint8_t tag = 0;
  std::span<const std::byte> value;  // borrowed
};

// read_tlv takes the next object; lengths of one, two (81) and three (82) bytes. Fault::malformed when it does not fit.
Result<Tlv> read_tlv(ByteReader& in);

// read_tlvs takes all of `bytes`, at most `most` objects.
Result<std::vector<Tlv>> read_tlvs(std::span<const std::byte> bytes, std::size_t most);

// write_tlv appends one object; the value has at most 65535 bytes.
void write_tlv(ByteWriter& out, std::uint8_t tag, std::span<const std::byte> value);

}  // namespace touchsts::card
