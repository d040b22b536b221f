// Work that goes on during a wait: the connection to STS opens, the key waits for its touch.
#pragma once

#include <optional>
#include <span>

namespace touchsts::io {

// Background is driven by the code that waits: poll on what it wants, then advance. None of its calls blocks.
class Background {
 public:
  struct Wish {
    int descriptor;
    short events;  // of poll(2)
  };

  virtual ~Background() = default;
  virtual std::optional<Wish> wants() = 0;  // nothing: there is nothing left to do
  virtual void advance() = 0;

  // answered: what is waited for has come this way, so the wait is over.
  [[nodiscard]] virtual bool answered() const { return false; }

  // abandon is called when a signal is about to end the process: it leaves the outside world in order.
  virtual void abandon() {}
};

using Backgrounds = std::span<Background* const>;

}  // namespace touchsts::io
