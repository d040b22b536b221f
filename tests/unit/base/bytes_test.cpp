#include <doctest/doctest.h>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace touchsts {

TEST_CASE("what a ByteWriter writes a ByteReader reads, little end first") {
  ByteWriter writer;
  writer.u8(0x01);
  writer.u16_le(0x0302);
  writer.u32_le(0x07060504);
  writer.u64_le(0x0F0E0D0C0B0A0908);
  writer.sized(std::string_view("abc"));
  const Secret bytes = writer.take();
  CHECK(bytes.reveal()[2] == std::byte{3});
  ByteReader reader(bytes.reveal());
  CHECK(*reader.u8() == 0x01);
  CHECK(*reader.u16_le() == 0x0302);
  CHECK(*reader.u32_le() == 0x07060504);
  CHECK(*reader.u64_le() == 0x0F0E0D0C0B0A0908);
  CHECK(reader.take_sized()->size() == 3);
  CHECK(reader.finish());
}

TEST_CASE("a ByteReader fails at the end and stays where it was") {
  const Secret bytes(
      std::string_view("\x05\x00\x00\x00"
                       "abc",
                       7));
  ByteReader reader(bytes.reveal());
  CHECK_FALSE(reader.u64_le());
  CHECK(reader.remaining() == 7);
  CHECK_FALSE(reader.take_sized());
  CHECK_FALSE(reader.finish());
}

}  // namespace touchsts
