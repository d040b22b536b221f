// The controlling terminal, /dev/tty.
#pragma once

#include "io/terminal.h"

namespace touchsts::os {

class TtyTerminal : public io::Terminal {
 public:
  bool in_reach() override;
  Result<std::optional<Secret>> ask(std::string_view prompt, Deadline deadline, io::Backgrounds meanwhile) override;
  Result<> choose(io::Menu& menu, Deadline deadline) override;
  bool wait(Deadline deadline, io::Backgrounds meanwhile) override;
  void tell(std::string_view line) override;
};

}  // namespace touchsts::os
