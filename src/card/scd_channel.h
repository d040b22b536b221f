// A Channel beside scdaemon, when that holds the card: gpg-agent hands APDUs on to it (SCD APDU, gpg-agent's manual).
#pragma once

#include <memory>

#include "card/channel.h"
#include "io/clock.h"
#include "io/local_sockets.h"

namespace touchsts::card {

// open_scd_channel takes a connection to gpg-agent's socket, and the card for itself while the channel lives.
// When it is destroyed, scdaemon resets the card and selects its own applet again. The destructor waits for that until
// the deadline, at least 0.2 s and at most 10 s. Fault::device when there is no card.
Result<std::unique_ptr<Channel>> open_scd_channel(std::unique_ptr<io::LocalStream> stream,
                                                  io::Clock& clock,
                                                  Deadline deadline);

}  // namespace touchsts::card
