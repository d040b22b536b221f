// stdout and stderr.
#pragma once

#include <string_view>

#include "base/result.h"

namespace touchsts::io {

class Output {
 public:
  virtual ~Output() = default;
  virtual Result<> result(std::string_view text) = 0;  // stdout, in one write where the pipe takes it
  virtual void finish() = 0;                           // stdout ends here for who reads it, though we go on
  virtual void complaint(std::string_view text) = 0;   // stderr
};

}  // namespace touchsts::io
