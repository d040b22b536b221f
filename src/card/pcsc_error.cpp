#include "card/pcsc_error.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/format.h"

namespace touchsts::card {
namespace {

constexpr std::string_view kReinsert = "unplug the key and plug it back in";
constexpr std::string_view kRestart = "restart pcscd: systemctl restart pcscd";
constexpr std::string_view kAgain = "try again";

struct Known {
  std::uint16_t low;  // behind 0x8010
  std::string_view name, hint;
};

constexpr std::array kKnown = {
    Known{0x01, "SCARD_F_INTERNAL_ERROR", kRestart},
    Known{0x02, "SCARD_E_CANCELLED", kAgain},
    Known{0x03, "SCARD_E_INVALID_HANDLE", kAgain},
    Known{0x04, "SCARD_E_INVALID_PARAMETER", kRestart},
    Known{0x06, "SCARD_E_NO_MEMORY", kRestart},
    Known{0x08, "SCARD_E_INSUFFICIENT_BUFFER", kReinsert},
    Known{0x09, "SCARD_E_UNKNOWN_READER", kReinsert},
    Known{0x0A, "SCARD_E_TIMEOUT", kAgain},
    Known{0x0B, "SCARD_E_SHARING_VIOLATION", "another program uses the card exclusively: close it and try again"},
    Known{0x0C, "SCARD_E_NO_SMARTCARD", kReinsert},
    Known{0x0F, "SCARD_E_PROTO_MISMATCH", kReinsert},
    Known{0x10, "SCARD_E_NOT_READY", kAgain},
    Known{0x11, "SCARD_E_INVALID_VALUE", kRestart},
    Known{0x13, "SCARD_F_COMM_ERROR", kRestart},
    Known{0x14, "SCARD_F_UNKNOWN_ERROR", kRestart},
    Known{0x16, "SCARD_E_NOT_TRANSACTED", kReinsert},
    Known{0x17, "SCARD_E_READER_UNAVAILABLE", kReinsert},
    Known{0x1D, "SCARD_E_NO_SERVICE", kRestart},
    Known{0x1E, "SCARD_E_SERVICE_STOPPED", kRestart},
    Known{0x1F, "SCARD_E_UNSUPPORTED_FEATURE", kReinsert},
    Known{0x2E, "SCARD_E_NO_READERS_AVAILABLE", kReinsert},
    Known{0x65, "SCARD_W_UNSUPPORTED_CARD", kReinsert},
    Known{0x66, "SCARD_W_UNRESPONSIVE_CARD", kReinsert},
    Known{0x67, "SCARD_W_UNPOWERED_CARD", kReinsert},
    Known{0x68, "SCARD_W_RESET_CARD", "another program has reset the card: try again"},
    Known{0x69, "SCARD_W_REMOVED_CARD", kReinsert},
    Known{0x6A, "SCARD_W_SECURITY_VIOLATION", "polkit does not let this user use the card"},
};

}  // namespace

Error pcsc_error(std::uint32_t result) {
  const auto known =
      std::ranges::find_if(kKnown, [result](const Known& it) { return (0x80100000 | it.low) == result; });
  const bool named = known != kKnown.end();
  return {
      Fault::device,
      formatted("pcscd error {}{}0x{:08X}{}", named ? known->name : "", named ? " (" : "", result, named ? ")" : ""),
      std::string(named ? known->hint : kReinsert)};
}

}  // namespace touchsts::card
