#include "os/unix_sockets.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

#include "os/descriptor.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

class UnixStream : public io::LocalStream {
 public:
  explicit UnixStream(Descriptor socket) : socket_(std::move(socket)) {}

  Result<> write(std::span<const std::byte> bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
      } else if (errno != EINTR && errno != EAGAIN) {
        return fail(Fault::device, "the other side is gone: {}", std::strerror(errno));
      } else if (errno == EAGAIN && !wait_for(socket_.get(), POLLOUT, deadline)) {
        return fail(Fault::device, "the other side does not listen");
      }
    }
    return {};
  }

  Result<std::optional<Secret>> read(std::size_t size, Deadline until) override {
    if (wanted_.size() != size) {
      wanted_ = Secret::blank(size);
      have_ = 0;
    }
    while (have_ < size) {
      const auto room = wanted_.reveal_writable().subspan(have_);
      const ssize_t count = recv(socket_.get(), room.data(), room.size(), 0);
      if (count > 0) {
        have_ += static_cast<std::size_t>(count);
      } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        return fail(Fault::device, "the other side is gone");
      } else if (errno == EAGAIN && !wait_for(socket_.get(), POLLIN, until)) {
        return std::nullopt;
      }
    }
    have_ = 0;
    return std::exchange(wanted_, Secret());
  }

  [[nodiscard]] int descriptor() const override { return socket_.get(); }

 private:
  Descriptor socket_;
  Secret wanted_;
  std::size_t have_ = 0;
};

}  // namespace

std::unique_ptr<io::LocalStream> UnixSockets::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return nullptr;
  }
  path.copy(address.sun_path, path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid() || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return nullptr;
  }
  return std::make_unique<UnixStream>(std::move(socket));
}

}  // namespace touchsts::os
