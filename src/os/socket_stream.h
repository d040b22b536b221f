// A connected stream socket.
#pragma once

#include <utility>

#include "io/local_sockets.h"
#include "os/descriptor.h"

namespace touchsts::os {

class SocketStream : public io::LocalStream {
 public:
  // `socket` does not block.
  explicit SocketStream(Descriptor socket) : socket_(std::move(socket)) {}

  Result<> write(std::span<const std::byte> bytes, Deadline deadline) override;
  Result<std::optional<Secret>> read(std::size_t size, Deadline until) override;
  Result<std::optional<Secret>> read_until(std::byte end, std::size_t longest, Deadline until) override;
  [[nodiscard]] int descriptor() const override { return socket_.get(); }

 private:
  Result<std::optional<std::size_t>> receive(std::span<std::byte> room, int flags, Deadline until);

  Descriptor socket_;
  Secret wanted_;
  std::size_t have_ = 0;
  std::size_t received_ = 0;  // bytes in all
};

}  // namespace touchsts::os
