// unix(7).
#pragma once

#include "io/local_sockets.h"

namespace touchsts::os {

class UnixSockets : public io::LocalSockets {
 public:
  std::unique_ptr<io::LocalStream> connect(const std::string& path) override;
};

}  // namespace touchsts::os
