// Serialises numbers and length-prefixed fields, little end first: the counterpart of ByteReader.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/secret.h"

namespace touchsts {

// What a ByteWriter holds may be secret, so it lives in the arena.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { number(value, 1); }
  void u16_le(std::uint16_t value) { number(value, 2); }
  void u32_le(std::uint32_t value) { number(value, 4); }
  void u64_le(std::uint64_t value) { number(value, 8); }
  void bytes(std::span<const std::byte> bytes) { writer_.append(bytes); }

  // sized writes a u32_le length and the bytes, so that no two sequences of fields read the same.
  void sized(std::span<const std::byte> bytes);
  void sized(std::string_view text);

  Secret take() { return writer_.take(); }

 private:
  void number(std::uint64_t value, int size);

  SecretWriter writer_;
};

}  // namespace touchsts
