#include "card/ccid_message.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace touchsts::card {

Secret encode(const CcidCommand& command) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(command.type));
  out.u32_le(static_cast<std::uint32_t>(command.data.size()));
  out.u8(0);  // bSlot
  out.u8(command.sequence);
  out.u8(0);  // bBWI, bPowerSelect (automatic), or reserved
  out.u16_le(static_cast<std::uint16_t>(command.chain));
  out.bytes(command.data);
  return out.take();
}

Result<CcidReply> parse_reply(std::span<const std::byte> message) {
  ByteReader in(message);
  CcidReply reply;
  const std::uint8_t type = TRY(in.u8());
  const std::uint32_t length = TRY(in.u32_le());
  const std::uint8_t slot = TRY(in.u8());
  reply.sequence = TRY(in.u8());
  const std::uint8_t status = TRY(in.u8());
  reply.error = TRY(in.u8());
  reply.chain = TRY(in.u8());
  if (type != static_cast<std::uint8_t>(CcidType::data_block) &&
      type != static_cast<std::uint8_t>(CcidType::slot_status)) {
    return fail(Fault::malformed, "a CCID answer of type {:02x}", type);
  }
  if (slot != 0) {
    return fail(Fault::malformed, "a CCID answer of slot {}", slot);
  }
  if (length != in.remaining()) {
    return fail(Fault::malformed, "a CCID answer of {} bytes that should have {}", in.remaining(), length);
  }
  reply.type = static_cast<CcidType>(type);
  reply.card = status & 0x03;
  reply.status = static_cast<CommandStatus>(status >> 6);
  reply.data = TRY(in.take(length));
  return reply;
}

}  // namespace touchsts::card
