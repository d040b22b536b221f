// Starting other programs.
#pragma once

#include <memory>
#include <unistd.h>

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

  std::unique_ptr<io::Background> launch(const std::vector<std::string>& command,
                                         const std::vector<std::pair<std::string, std::string>>& added) override;
  Result<std::unique_ptr<io::LocalStream>> converse(const std::vector<std::string>& command) override;
  Result<std::unique_ptr<io::LocalStream>> converse_apart(const std::vector<std::string>& command,
                                                          const io::Lock* kept) override;
  void leave(std::unique_ptr<io::LocalStream> stream, Seconds longest) override;
  bool can_run(const std::string& program) override;
  io::Background* outlive_caller() override;
  Result<bool> split_off() override;
  [[noreturn]] void end() override { _exit(0); }
  std::string own_path() override;
  NotStarted become(const std::vector<std::string>& command,
                    const io::Variables& added,
                    const std::vector<std::string>& dropped) override;

 private:
  std::unique_ptr<io::Background> caller_;
  const StartState& start_;
};

}  // namespace touchsts::os
