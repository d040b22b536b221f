// A lock file.
#pragma once

#include <utility>

#include "io/lock.h"
#include "os/descriptor.h"

namespace touchsts::os {

// FileLock is io::Lock by flock(2). A child that outlives us keeps the lock that it was forked with.
class FileLock : public io::Lock {
 public:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

  Result<bool> try_take() override;
  void let_go() override;
  [[nodiscard]] int descriptor() const override { return file_.get(); }
  std::vector<std::byte> note(std::size_t most) override;
  Result<> leave_note(std::span<const std::byte> bytes) override;

 private:
  Descriptor file_;
};

}  // namespace touchsts::os
