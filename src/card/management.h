// The serial number of a YubiKey, from its management or OTP applet.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "card/channel.h"

namespace touchsts::card {

// read_serial selects other applets, so an OATH session must be selected after it. Nothing: the key keeps its serial
// number to itself, or has none.
Result<std::optional<std::uint32_t>> read_serial(Channel& channel, Deadline deadline);

}  // namespace touchsts::card
