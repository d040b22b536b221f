// Standard input as the one line of a pipe.
#pragma once

#include "io/standard_input.h"

namespace touchsts::os {

class PipedInput : public io::StandardInput {
 public:
  std::optional<Wish> wants() override;
  void advance() override;
  [[nodiscard]] bool answered() const override { return complete_; }
  [[nodiscard]] bool open() const override;
  std::optional<Secret> take() override;

 private:
  SecretWriter line_;
  bool complete_ = false;
  bool too_long_ = false;
  bool done_ = false;
};

}  // namespace touchsts::os
