// The controlling terminal, /dev/tty.
#pragma once

#include "io/terminal.h"

namespace touchsts::os {

class TtyTerminal : public io::Terminal {
 public:
  Result<Secret> ask(std::string_view prompt, Deadline deadline, io::Background* meanwhile) override;
  void tell(std::string_view line) override;
};

}  // namespace touchsts::os
