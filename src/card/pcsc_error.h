// What pcscd's results mean (PC/SC; pcsclite.h has the names and numbers).
#pragma once

#include <cstdint>

#include "base/error.h"

namespace touchsts::card {

inline constexpr std::uint32_t kPcscServiceStopped = 0x8010001E;  // also: another version of the protocol is spoken

// pcsc_error gives a result that is not 0 its name, and says what to do.
Error pcsc_error(std::uint32_t result);

}  // namespace touchsts::card
