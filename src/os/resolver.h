// Name look-up under a deadline: musl's getaddrinfo blocks, so a child process does it.
#pragma once

#include <netinet/in.h>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.h"
#include "os/descriptor.h"

namespace touchsts::os {

// SocketAddress is either family.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// A Lookup is under way until finish is called; dropping it ends the child.
class Lookup {
 public:
  // start never blocks. IP literals and "localhost" need no child.
  static Result<Lookup> start(const std::string& host, std::uint16_t port);

  Lookup(Lookup&& other) noexcept;
  Lookup& operator=(Lookup&& other) noexcept;
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup();

  // descriptor becomes readable when there is an answer; -1 when it is there already.
  [[nodiscard]] int descriptor() const { return answer_.get(); }

  // finish reads what the child found. Fault::network when the name has no address.
  Result<std::vector<SocketAddress>> finish();

 private:
  Lookup() = default;

  std::string host_;
  Descriptor answer_;
  pid_t child_ = -1;
  std::vector<SocketAddress> known_;
};

}  // namespace touchsts::os
