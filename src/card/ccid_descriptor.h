// Finds smart card interfaces in a device's configuration descriptor (USB 2.0, 9.6; CCID 1.1, 5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "io/usb.h"

namespace touchsts::card {

// CcidInterface is one reader that speaks APDUs, short or extended. Readers that want T=0 or T=1 blocks made for them
// (TPDU level) are not driven by us.
struct CcidInterface {
  io::UsbEndpoints endpoints;
  std::size_t longest_message = 0;  // bytes: dwMaxCCIDMessageLength
  bool speaks_apdus = false;
};

// find_ccid lists the interfaces of class 0x0B. Fault::malformed when lengths or endpoints do not fit together; the
// descriptor is foreign and may lie about all of them.
Result<std::vector<CcidInterface>> find_ccid(std::span<const std::byte> configuration);

}  // namespace touchsts::card
