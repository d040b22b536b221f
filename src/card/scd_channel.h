// A Channel beside scdaemon, when that holds the card: gpg-agent hands APDUs on to it (SCD APDU, gpg-agent's manual).
#pragma once

#include <memory>

#include "card/channel.h"
#include "io/clock.h"
#include "io/local_sockets.h"

namespace touchsts::card {

// open_scd_channel takes a connection to gpg-agent's socket, and the card for itself while the channel lives.
// Afterwards scdaemon starts the card anew, so that it finds its own applet again; the channel's end waits for that
// until the deadline, but 0.2 to 10 s. Fault::device when there is no card.
Result<std::unique_ptr<Channel>> open_scd_channel(std::unique_ptr<io::LocalStream> stream,
                                                  io::Clock& clock,
                                                  Deadline deadline);

}  // namespace touchsts::card
