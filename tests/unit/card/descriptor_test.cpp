#include <doctest/doctest.h>

#include "card/ccid_descriptor.h"
#include "fake/hex.h"

namespace touchsts::card {
namespace {

// A YubiKey 5 with keyboard, FIDO and CCID interfaces, as it describes itself.
constexpr std::string_view kYubikey =
    "0902960003010080 0f"
    "0904000001030101 00 0921100100012247 00 0705810308000a"
    "0904010002030000 00 0921100100012222 00 07050403400002 07058403400002"
    "09040200030b0000 00"
    "3621 0001 00 07 02000000 a00f0000 a00f0000 00 00b00400 00b00400 00 f60b0000 00000000 00000000 fe000400 000c0000 "
    "ff ff 0000 00 01"
    "07050202400000 07058202400000 07058303080020";

std::vector<std::byte> yubikey() { return fake::bytes_from_hex(kYubikey); }

TEST_CASE("the smart card interface of a YubiKey is found") {
  const auto found = find_ccid(yubikey());
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  const auto& reader = found->front();
  CHECK(reader.endpoints.interface == 2);
  CHECK(reader.endpoints.bulk_out == 0x02);
  CHECK(reader.endpoints.bulk_in == 0x82);
  CHECK(reader.longest_message == 3072);
  CHECK(reader.speaks_apdus);
}

TEST_CASE("a descriptor cut anywhere is an error or has no reader, never more") {
  const auto whole = yubikey();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto found = find_ccid(std::span(whole).first(size));
    CAPTURE(size);
    CHECK((!found || found->size() <= 1));
  }
}

TEST_CASE("any byte of a descriptor may lie") {
  for (std::size_t at = 0; at < yubikey().size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      auto bytes = yubikey();
      bytes[at] = static_cast<std::byte>(value);
      const auto found = find_ccid(bytes);
      if (!found) {
        continue;
      }
      for (const auto& reader : *found) {
        REQUIRE((reader.endpoints.bulk_in & 0x8F) > 0x80);
        REQUIRE((reader.endpoints.bulk_out & 0x0F) > 0);
        REQUIRE(reader.longest_message >= 271);
        REQUIRE(reader.longest_message <= 65'554);
      }
    }
  }
}

TEST_CASE("what a reader must have") {
  const auto without = [](std::string_view part) {
    std::string text(kYubikey);
    text.erase(text.find(part), part.size());
    return find_ccid(fake::bytes_from_hex(text));
  };
  CHECK_FALSE(without("07050202400000"));
  CHECK_FALSE(without("07058202400000"));
  CHECK_FALSE(find_ccid(fake::bytes_from_hex("0902 1200 0101 0080 0f 09040200020b0000 00")));
  CHECK_FALSE(find_ccid(fake::bytes_from_hex("1201")));
  CHECK(find_ccid(fake::bytes_from_hex("0902 0900 0001 0080 0f"))->empty());
}

}  // namespace
}  // namespace touchsts::card
