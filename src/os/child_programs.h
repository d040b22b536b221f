// Starting other programs.
#pragma once

#include "io/programs.h"
#include "os/process_start.h"

namespace touchsts::os {

class ChildPrograms : public io::Programs {
 public:
  explicit ChildPrograms(const StartState& start) : start_(start) {}

  Result<Secret> capture(const std::vector<std::string>& command,
                         const std::vector<std::pair<std::string, std::string>>& added,
                         Deadline deadline,
                         io::Backgrounds meanwhile) override;

  NotStarted become(const std::vector<std::string>& command,
                    const io::Variables& added,
                    const std::vector<std::string>& dropped) override;

 private:
  const StartState& start_;
};

}  // namespace touchsts::os
