// Stream sockets of this machine (unix(7)), to programs that hold what we need (pcscd, gpg-agent) or ask for us
// (pinentry).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::io {

class LocalStream {
 public:
  virtual ~LocalStream() = default;
  virtual Result<> write(std::span<const std::byte> bytes, Deadline deadline) = 0;

  // read gives exactly `size` bytes, or nothing when they are not all there at `until`; what came so far is kept for
  // the next call. Fault::device when the other side has closed.
  virtual Result<std::optional<Secret>> read(std::size_t size, Deadline until) = 0;

  // read_until gives the bytes before the next `end`, or nothing when it is not there at `until`. Fault::malformed when
  // it is not among the first `longest` bytes.
  virtual Result<std::optional<Secret>> read_until(std::byte end, std::size_t longest, Deadline until) = 0;

  Result<std::optional<Secret>> read_line(std::size_t longest, Deadline until) {
    return read_until(std::byte{'\n'}, longest, until);
  }

  [[nodiscard]] virtual int descriptor() const = 0;
};

class LocalSockets {
 public:
  virtual ~LocalSockets() = default;
  virtual std::unique_ptr<LocalStream> connect(const std::string& path) = 0;  // null when no program listens there
};

}  // namespace touchsts::io
