#include "os/socket_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

#include "os/waiting.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kMostReceived = std::size_t{64} << 20U;  // bytes, of one that never pauses

}  // namespace

Result<> SocketStream::write(std::span<const std::byte> bytes, Deadline deadline) {
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

// Some bytes, or nothing at `until`.
Result<std::optional<std::size_t>> SocketStream::receive(std::span<std::byte> room, int flags, Deadline until) {
  while (true) {
    const ssize_t count = recv(socket_.get(), room.data(), room.size(), flags);
    if (count > 0) {
      received_ += (flags & MSG_PEEK) != 0 ? 0 : static_cast<std::size_t>(count);
      return received_ <= kMostReceived ? Result<std::optional<std::size_t>>(static_cast<std::size_t>(count))
                                        : fail(Fault::malformed, "the other side sends without end");
    }
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      return fail(Fault::device, "the other side is gone");
    }
    if (errno == EAGAIN && !wait_for(socket_.get(), POLLIN, until)) {
      return std::nullopt;
    }
  }
}

Result<std::optional<Secret>> SocketStream::read(std::size_t size, Deadline until) {
  if (wanted_.size() != size) {
    wanted_ = Secret::blank(size);
    have_ = 0;
  }
  while (have_ < size) {
    const auto count = TRY(receive(wanted_.reveal_writable().subspan(have_), 0, until));
    if (!count) {
      return std::nullopt;
    }
    have_ += *count;
  }
  have_ = 0;
  return std::exchange(wanted_, Secret());
}

Result<std::optional<Secret>> SocketStream::read_until(std::byte end, std::size_t longest, Deadline until) {
  if (wanted_.size() != longest) {
    wanted_ = Secret::blank(longest);
    have_ = 0;
  }
  while (have_ < longest) {
    // What is behind the end stays in the socket.
    const auto room = wanted_.reveal_writable().subspan(have_);
    const auto seen = TRY(receive(room, MSG_PEEK, until));
    if (!seen) {
      return std::nullopt;
    }
    const auto fresh = room.first(*seen);
    const auto found = std::ranges::find(fresh, end);
    const auto taken = static_cast<std::size_t>(found - fresh.begin()) + (found != fresh.end() ? 1 : 0);
    have_ += TRY(receive(room.first(taken), 0, until)).value_or(0);
    if (found != fresh.end()) {
      Secret line = std::exchange(wanted_, Secret());
      line.shrink(std::exchange(have_, 0) - 1);
      return line;
    }
  }
  return fail(Fault::malformed, "the other side wrote a line of more than {} bytes", longest);
}

}  // namespace touchsts::os
