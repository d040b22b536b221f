#include "card/ccid_descriptor.h"

#include <algorithm>
#include <optional>

#include "base/byte_reader.h"

namespace touchsts::card {
namespace {

constexpr std::uint8_t kConfiguration = 0x02;
constexpr std::uint8_t kInterface = 0x04;
constexpr std::uint8_t kEndpoint = 0x05;
constexpr std::uint8_t kFunctional = 0x21;  // of the class: CCID's 54 bytes
constexpr std::uint8_t kSmartCardClass = 0x0B;
constexpr std::size_t kCcidSize = 54;
constexpr std::size_t kFeaturesAt = 40;  // dwFeatures
constexpr std::size_t kMessageAt = 44;   // dwMaxCCIDMessageLength
constexpr std::uint32_t kApduLevels = 0x0006'0000;
constexpr std::size_t kMostInterfaces = 32;
constexpr std::size_t kShortestMessage = 10 + 261;  // a header and a short APDU
constexpr std::size_t kLongestMessage = 65'544 + 10;

struct Piece {
  std::uint8_t type = 0;
  std::span<const std::byte> bytes;  // with its length and type
};

std::uint8_t at(std::span<const std::byte> bytes, std::size_t index) {
  return std::to_integer<std::uint8_t>(bytes[index]);
}

std::uint32_t u32_at(std::span<const std::byte> bytes, std::size_t index) {
  return at(bytes, index) | static_cast<std::uint32_t>(at(bytes, index + 1)) << 8 |
         static_cast<std::uint32_t>(at(bytes, index + 2)) << 16 |
         static_cast<std::uint32_t>(at(bytes, index + 3)) << 24;
}

Result<Piece> next_piece(ByteReader& in) {
  const std::uint8_t length = TRY(in.u8());
  const std::uint8_t type = TRY(in.u8());
  if (length < 2) {
    return fail(Fault::malformed, "a USB descriptor of {} bytes", length);
  }
  return Piece{type, TRY(in.take(length - std::size_t{2}))};
}

// What has been seen of one interface; bytes are counted behind length and type.
struct Seen {
  CcidInterface reader;
  bool is_reader = false;
  bool described = false;
};

Result<Seen> read_interface(std::span<const std::byte> bytes) {
  if (bytes.size() < 7) {
    return fail(Fault::malformed, "an interface descriptor of {} bytes", bytes.size() + 2);
  }
  Seen seen;
  seen.reader.endpoints.interface = at(bytes, 0);
  // Only the setting that is in force after the configuration was chosen.
  seen.is_reader = at(bytes, 3) == kSmartCardClass && at(bytes, 1) == 0;
  return seen;
}

Result<> read_functional(std::span<const std::byte> bytes, Seen& seen) {
  if (bytes.size() < kCcidSize - 2) {
    return fail(Fault::malformed, "a CCID descriptor of {} bytes", bytes.size() + 2);
  }
  seen.described = true;
  seen.reader.speaks_apdus = (u32_at(bytes, kFeaturesAt - 2) & kApduLevels) != 0;
  seen.reader.longest_message =
      std::clamp<std::size_t>(u32_at(bytes, kMessageAt - 2), kShortestMessage, kLongestMessage);
  return {};
}

Result<> read_endpoint(std::span<const std::byte> bytes, Seen& seen) {
  if (bytes.size() < 5) {
    return fail(Fault::malformed, "an endpoint descriptor of {} bytes", bytes.size() + 2);
  }
  constexpr std::uint8_t kKind = 0x03;
  constexpr std::uint8_t kBulk = 0x02;
  constexpr std::uint8_t kIn = 0x80;
  const std::uint8_t address = at(bytes, 0);
  if ((at(bytes, 1) & kKind) != kBulk) {
    return {};
  }
  if ((at(bytes, 2) | at(bytes, 3) << 8) == 0 || (address & 0x0F) == 0) {
    return fail(Fault::malformed, "a bulk endpoint {:02x} that carries nothing", address);
  }
  auto& place = (address & kIn) != 0 ? seen.reader.endpoints.bulk_in : seen.reader.endpoints.bulk_out;
  if (place == 0) {
    place = address;
  }
  return {};
}

Result<> close(const std::optional<Seen>& seen, std::vector<CcidInterface>& found) {
  if (!seen || !seen->is_reader) {
    return {};
  }
  const auto& endpoints = seen->reader.endpoints;
  if (!seen->described || endpoints.bulk_in == 0 || endpoints.bulk_out == 0) {
    return fail(Fault::malformed,
                "smart card interface {} has {}",
                endpoints.interface,
                seen->described ? "not both bulk endpoints" : "no CCID descriptor");
  }
  if (found.size() == kMostInterfaces) {
    return fail(Fault::malformed, "more than {} smart card interfaces", kMostInterfaces);
  }
  found.push_back(seen->reader);
  return {};
}

}  // namespace

Result<std::vector<CcidInterface>> find_ccid(std::span<const std::byte> configuration) {
  ByteReader in(configuration);
  const Piece first = TRY(next_piece(in));
  if (first.type != kConfiguration) {
    return fail(Fault::malformed, "no configuration descriptor");
  }
  std::vector<CcidInterface> found;
  std::optional<Seen> seen;
  while (in.remaining() > 0) {
    const Piece piece = TRY(next_piece(in));
    if (piece.type == kConfiguration) {
      break;  // a second configuration is not the one in force
    }
    if (piece.type == kInterface) {
      TRY(close(seen, found));
      seen = TRY(read_interface(piece.bytes));
    } else if (seen && seen->is_reader && piece.type == kFunctional && !seen->described) {
      TRY(read_functional(piece.bytes, *seen));
    } else if (seen && seen->is_reader && piece.type == kEndpoint) {
      TRY(read_endpoint(piece.bytes, *seen));
    }
  }
  TRY(close(seen, found));
  return found;
}

}  // namespace touchsts::card
