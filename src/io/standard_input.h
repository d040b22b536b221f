// A line that is piped to us: `echo 123456 | program`.
#pragma once

#include <optional>

#include "base/secret.h"
#include "io/background.h"

namespace touchsts::io {

// StandardInput is stdin where that is no terminal: what is typed at one comes by io::Terminal.
class StandardInput : public Background {
 public:
  // open: a line may still come.
  [[nodiscard]] virtual bool open() const = 0;

  // take gives the first line, once this is answered, without its end; nothing when the input ended before one began.
  // It is not open afterwards.
  virtual std::optional<Secret> take() = 0;
};

}  // namespace touchsts::io
