// USB through the device nodes of usbfs; libusb does the transfers.
#pragma once

#include <string>
#include <vector>

#include "io/usb.h"

namespace touchsts::os {

// LibusbBus neither watches for devices nor starts a thread.
class LibusbBus : public io::UsbBus {
 public:
  std::vector<io::UsbDevice> devices() override;
  std::string holder(const io::UsbDevice& device) override;
  io::UsbResult<std::unique_ptr<io::UsbPipe>> claim(const io::UsbDevice& device,
                                                    const io::UsbEndpoints& endpoints) override;
};

}  // namespace touchsts::os
