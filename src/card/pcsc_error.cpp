#include "card/pcsc_error.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/format.h"

namespace touchsts::card {
namespace {

enum class Hint : std::uint8_t { reinsert, restart, again, close_other, was_reset, polkit };

std::string_view text_of(Hint hint) {
  switch (hint) {
    case Hint::reinsert:
      break;
    case Hint::restart:
      return "restart pcscd: systemctl restart pcscd";
    case Hint::again:
      return "try again";
    case Hint::close_other:
      return "another program uses the card exclusively: close it and try again";
    case Hint::was_reset:
      return "another program has reset the card: try again";
    case Hint::polkit:
      return "polkit does not let this user use the card";
  }
  return "unplug the key and plug it back in";
}

// No pointers in it: they would be relocated at every start.
struct Known {
  std::uint8_t low;  // behind 0x801000
  Hint hint;
  char name[29];
};

constexpr std::array kKnown = {
    Known{0x01, Hint::restart, "SCARD_F_INTERNAL_ERROR"},
    Known{0x02, Hint::again, "SCARD_E_CANCELLED"},
    Known{0x03, Hint::again, "SCARD_E_INVALID_HANDLE"},
    Known{0x04, Hint::restart, "SCARD_E_INVALID_PARAMETER"},
    Known{0x06, Hint::restart, "SCARD_E_NO_MEMORY"},
    Known{0x08, Hint::reinsert, "SCARD_E_INSUFFICIENT_BUFFER"},
    Known{0x09, Hint::reinsert, "SCARD_E_UNKNOWN_READER"},
    Known{0x0A, Hint::again, "SCARD_E_TIMEOUT"},
    Known{0x0B, Hint::close_other, "SCARD_E_SHARING_VIOLATION"},
    Known{0x0C, Hint::reinsert, "SCARD_E_NO_SMARTCARD"},
    Known{0x0F, Hint::reinsert, "SCARD_E_PROTO_MISMATCH"},
    Known{0x10, Hint::again, "SCARD_E_NOT_READY"},
    Known{0x11, Hint::restart, "SCARD_E_INVALID_VALUE"},
    Known{0x13, Hint::restart, "SCARD_F_COMM_ERROR"},
    Known{0x14, Hint::restart, "SCARD_F_UNKNOWN_ERROR"},
    Known{0x16, Hint::reinsert, "SCARD_E_NOT_TRANSACTED"},
    Known{0x17, Hint::reinsert, "SCARD_E_READER_UNAVAILABLE"},
    Known{0x1D, Hint::restart, "SCARD_E_NO_SERVICE"},
    Known{0x1E, Hint::restart, "SCARD_E_SERVICE_STOPPED"},
    Known{0x1F, Hint::reinsert, "SCARD_E_UNSUPPORTED_FEATURE"},
    Known{0x2E, Hint::reinsert, "SCARD_E_NO_READERS_AVAILABLE"},
    Known{0x65, Hint::reinsert, "SCARD_W_UNSUPPORTED_CARD"},
    Known{0x66, Hint::reinsert, "SCARD_W_UNRESPONSIVE_CARD"},
    Known{0x67, Hint::reinsert, "SCARD_W_UNPOWERED_CARD"},
    Known{0x68, Hint::was_reset, "SCARD_W_RESET_CARD"},
    Known{0x69, Hint::reinsert, "SCARD_W_REMOVED_CARD"},
    Known{0x6A, Hint::polkit, "SCARD_W_SECURITY_VIOLATION"},
};

}  // namespace

Error pcsc_error(std::uint32_t result) {
  const auto known =
      std::ranges::find_if(kKnown, [result](const Known& it) { return (0x80100000 | it.low) == result; });
  const bool named = known != kKnown.end();
  return {Fault::device,
          formatted("pcscd error {}{}0x{:08X}{}",
                    std::string_view(named ? known->name : ""),
                    named ? " (" : "",
                    result,
                    named ? ")" : ""),
          std::string(text_of(named ? known->hint : Hint::reinsert))};
}

}  // namespace touchsts::card
