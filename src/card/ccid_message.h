// The messages of CCID 1.1, section 6, as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::card {

inline constexpr std::size_t kCcidHeaderSize = 10;  // bytes

enum class CcidType : std::uint8_t {
  icc_power_on = 0x62,
  transfer_block = 0x6F,
  abort = 0x72,
  data_block = 0x80,
  slot_status = 0x81,
};

// Chaining of a command or answer that does not fit one message (6.1.4: wLevelParameter; 6.2.1: bChainParameter).
enum class Chain : std::uint8_t { whole = 0, begins = 1, ends = 2, goes_on = 3, asks_for_more = 0x10 };

struct CcidCommand {
  CcidType type = CcidType::transfer_block;
  std::uint8_t sequence = 0;
  Chain chain = Chain::whole;
  std::span<const std::byte> data;
};

// encode writes header and data, for slot 0. IccPowerOn lets the reader choose the voltage.
Secret encode(const CcidCommand& command);

enum class CommandStatus : std::uint8_t { done = 0, failed = 1, time_extension = 2, reserved = 3 };

inline constexpr std::uint8_t kSlotBusy = 0xE0;  // bError: CMD_SLOT_BUSY

struct CcidReply {
  CcidType type = CcidType::data_block;
  std::uint8_t sequence = 0;
  CommandStatus status = CommandStatus::done;
  std::uint8_t card = 0;  // bmICCStatus: 0 active, 1 inactive, 2 absent
  std::uint8_t error = 0;
  std::uint8_t chain = 0;  // as sent; read as Chain in a data block
  std::span<const std::byte> data;
};

// parse_reply borrows `message`. Fault::malformed unless it is one whole answer of slot 0: a known type, and exactly as
// many bytes behind the header as that says.
Result<CcidReply> parse_reply(std::span<const std::byte> message);

}  // namespace touchsts::card
