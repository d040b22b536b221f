// A forward-only cursor over foreign bytes; the basis of every binary parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace touchsts {

// A ByteReader borrows `bytes`. Every getter either advances or fails with Fault::malformed and reads nothing.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16_le();
  Result<std::uint32_t> u32_le();
  Result<std::uint64_t> u64_le();

  // take returns a view into the input.
  Result<std::span<const std::byte>> take(std::size_t size);

  // take_sized reads a u32_le length and that many bytes.
  Result<std::span<const std::byte>> take_sized();

  // finish fails unless everything was read.
  [[nodiscard]] Result<> finish() const;

  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace touchsts
