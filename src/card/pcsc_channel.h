// A Channel beside pcscd, when that holds the reader: its clients' protocol (pcsc-lite, versions 4:2 to 4:5), without
// its library.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "card/channel.h"
#include "io/clock.h"
#include "io/local_sockets.h"

namespace touchsts::card {

inline constexpr const char* kPcscSocket = "/run/pcscd/pcscd.comm";

// PcscClient is one connection to pcscd, for one card at most.
class PcscClient {
 public:
  // open connects and agrees on the protocol; nothing: no pcscd runs here. Fault::device when it does not answer or
  // speaks none of the versions 4:2 to 4:5, which have all that is used here in common.
  static Result<std::optional<PcscClient>> open(io::LocalSockets& sockets, Deadline deadline);

  // readers lists those with a card in them.
  Result<std::vector<std::string>> readers();

  struct Shared {
    std::unique_ptr<Channel> channel;
    bool alone;  // pcscd has no other client with this card, and has cleared up after all that had it
  };

  // connect shares the card with pcscd's other clients, and keeps them away while the channel lives. The card is left
  // as it is afterwards; it is never reset by us. Fault::device when pcscd has reset it meanwhile.
  static Result<Shared> connect(PcscClient client, const std::string& reader, io::Clock& clock);

 private:
  friend class PcscChannel;
  Result<Secret> reader_states();
  PcscClient(std::unique_ptr<io::LocalStream> stream, Deadline deadline)
      : stream_(std::move(stream)), deadline_(deadline) {}

  Result<std::uint32_t> agree(std::uint32_t minor);
  Result<> establish_context();
  Result<> send(std::uint32_t command, std::span<const std::byte> body);
  Result<Secret> receive(std::size_t size);

  // call sends a structure and gets the same one back, whose last member is the result.
  Result<Secret> call(std::uint32_t command, std::span<const std::byte> body);

  std::unique_ptr<io::LocalStream> stream_;
  Deadline deadline_;
  std::uint32_t context_ = 0;
};

}  // namespace touchsts::card
