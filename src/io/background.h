// Work that goes on while a person is being asked: opening the connection to STS.
#pragma once

#include <optional>

namespace touchsts::io {

// Background is driven by whoever waits: poll on what it wants, then advance. Neither call blocks.
class Background {
 public:
  struct Wish {
    int descriptor;
    short events;  // of poll(2)
  };

  virtual ~Background() = default;
  virtual std::optional<Wish> wants() = 0;  // nothing: there is nothing left to do
  virtual void advance() = 0;
};

}  // namespace touchsts::io
