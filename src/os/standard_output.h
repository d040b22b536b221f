// stdout and stderr, and the log.
#pragma once

#include "io/log.h"
#include "io/output.h"
#include "os/descriptor.h"

namespace touchsts::os {

class StandardOutput : public io::Output {
 public:
  explicit StandardOutput(bool closed) : closed_(closed) {}

  Result<> result(std::string_view text) override;
  void finish() override;
  void complaint(std::string_view text) override;

 private:
  bool closed_;  // from the start
};

class LineLog : public io::Log {
 public:
  Result<> aim(io::LogLevel level, const std::string& file) override;
  [[nodiscard]] bool wants(io::LogLevel level) const override { return aimed_ && level <= level_; }
  [[nodiscard]] bool to_file() const override { return file_.valid(); }
  void write(io::LogLevel level, std::string_view text) override;

 private:
  bool aimed_ = false;
  io::LogLevel level_ = io::LogLevel::warn;
  Descriptor file_;  // invalid: stderr
};

}  // namespace touchsts::os
