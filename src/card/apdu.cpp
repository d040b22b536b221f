#include "card/apdu.h"

#include "base/byte_writer.h"

namespace touchsts::card {
namespace {

constexpr std::size_t kMostData = std::size_t{64} * 1024;

bool has_more(Status status) { return static_cast<std::uint16_t>(status) >> 8 == 0x61; }

}  // namespace

Secret encode(const Apdu& command) {
  ByteWriter out;
  out.u8(0);  // CLA
  out.u8(command.instruction);
  out.u8(command.p1);
  out.u8(command.p2);
  out.u8(static_cast<std::uint8_t>(command.data.size()));  // Lc; or Le, where 00 is 256
  out.bytes(command.data);
  return out.take();
}

Response split(const Secret& raw) {
  const auto bytes = raw.reveal();
  const auto word = bytes.last(2);
  const auto value = std::to_integer<unsigned>(word[0]) << 8 | std::to_integer<unsigned>(word[1]);
  return {Secret(bytes.first(bytes.size() - 2)), static_cast<Status>(value)};
}

Result<Response> collect(Channel& channel, const Secret& first, std::uint8_t more, Deadline deadline) {
  Response part = split(first);
  if (!has_more(part.status)) {
    return part;
  }
  SecretWriter whole;
  whole.append(part.data.reveal());
  while (has_more(part.status)) {
    const Secret command = encode(Apdu{.instruction = more});
    part = split(TRY(transmit(channel, command.reveal(), deadline)));
    if (part.data.empty() && has_more(part.status)) {
      return fail(Fault::malformed, "the key's answer does not go on after {} bytes", whole.size());
    }
    if (whole.size() + part.data.size() > kMostData) {
      return fail(Fault::malformed, "the key's answer is longer than {} bytes", kMostData);
    }
    whole.append(part.data.reveal());
  }
  return Response{whole.take(), part.status};
}

Result<Response> exchange(Channel& channel, const Apdu& command, std::uint8_t more, Deadline deadline) {
  const Secret bytes = encode(command);
  const Secret first = TRY(transmit(channel, bytes.reveal(), deadline));
  return collect(channel, first, more, deadline);
}

Result<Response> select(Channel& channel, std::span<const std::byte> aid, std::uint8_t more, Deadline deadline) {
  constexpr std::uint8_t kSelect = 0xA4;
  constexpr std::uint8_t kByName = 0x04;
  return exchange(channel, {.instruction = kSelect, .p1 = kByName, .data = aid}, more, deadline);
}

}  // namespace touchsts::card
