// A way to a smart card: command APDU in, response APDU out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::card {

inline constexpr std::size_t kLongestResponse = 65'538;  // bytes of one response APDU, status word included

// A Channel carries one command at a time. Bytes are those of ISO 7816-4: CLA INS P1 P2 [Lc data] [Le] there, data and
// SW1 SW2 back.
class Channel {
 public:
  virtual ~Channel() = default;

  // begin sends a command.
  virtual Result<> begin(std::span<const std::byte> command, Deadline deadline) = 0;

  // poll gives the response (at least two bytes) once it is there, or nothing at `until`; a time that has passed makes
  // it look without waiting. An error ends the command.
  virtual Result<std::optional<Secret>> poll(Deadline until) = 0;

  // descriptor is readable when poll may have something.
  [[nodiscard]] virtual int descriptor() const = 0;

  // awaits_touch: the card has said that it needs more time for the command under way.
  [[nodiscard]] virtual bool awaits_touch() const = 0;

  // cancel ends the command under way, so that the next one (or the next program) does not get its answer.
  virtual void cancel() = 0;
};

// transmit is begin and poll; a response that is not there at the deadline is cancelled (Fault::device).
Result<Secret> transmit(Channel& channel, std::span<const std::byte> command, Deadline deadline);

}  // namespace touchsts::card
