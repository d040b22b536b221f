#include "flight/sealed_note.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "crypto/hash.h"

namespace touchsts::flight {
namespace {

constexpr std::size_t kSealSize = 8;

}  // namespace

Secret sealed(const Secret& note) {
  ByteWriter out;
  out.u32_le(static_cast<std::uint32_t>(note.size()));
  out.bytes(std::span<const std::byte>(crypto::sha256(note.reveal())).first(kSealSize));
  out.bytes(note.reveal());
  return out.take();
}

std::optional<std::span<const std::byte>> unsealed(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  const auto size = in.u32_le();
  const auto seal = in.take(kSealSize);
  if (!size || !seal) {
    return std::nullopt;
  }
  const auto note = in.take(*size);
  if (!note || !std::ranges::equal(std::span<const std::byte>(crypto::sha256(*note)).first(kSealSize), *seal)) {
    return std::nullopt;
  }
  return *note;
}

}  // namespace touchsts::flight
