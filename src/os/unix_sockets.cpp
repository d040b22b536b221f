#include "os/unix_sockets.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

#include "os/descriptor.h"
#include "os/socket_stream.h"

namespace touchsts::os {

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
  return std::make_unique<SocketStream>(std::move(socket));
}

}  // namespace touchsts::os
