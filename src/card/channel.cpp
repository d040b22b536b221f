#include "card/channel.h"

namespace touchsts::card {

Result<Secret> transmit(Channel& channel, std::span<const std::byte> command, Deadline deadline) {
  TRY(channel.begin(command, deadline));
  auto response = TRY(channel.poll(deadline));
  if (!response) {
    channel.cancel();
    return hinted(fail(Fault::device, "the key did not answer in time"), "plug it out and in again");
  }
  return *std::move(response);
}

}  // namespace touchsts::card
