#include "os/credential_endpoint.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "os/endpoint_worker.h"
#include "os/outliving.h"
#include "os/own_program.h"
#include "os/trial.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 256;

struct Listening {
  Descriptor socket;
  std::uint16_t port;
};

Result<Listening> listen_on(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const int again = 1;  // after an earlier endpoint of this port
  socklen_t size = sizeof(address);
  if (!socket.valid() || setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again)) != 0 ||
      bind(socket.get(), generic, size) != 0 || listen(socket.get(), kBacklog) != 0 ||
      getsockname(socket.get(), generic, &size) != 0) {
    const int problem = errno;
    return hinted(fail(Fault::configuration, "cannot listen on 127.0.0.1 port {}: {}", port, std::strerror(problem)),
                  problem == EADDRINUSE ? "choose another --port" : "");
  }
  return Listening{std::move(socket), ntohs(address.sin_port)};
}

// An orphan: neither our caller nor the program that we become gets a child that it has not started.
bool start_orphan(EndpointSockets sockets, const Descriptor& program) {
  const pid_t between = fork();
  if (between == 0) {
    if (setsid() < 0 || fork() != 0) {
      _exit(0);
    }
    send_output_nowhere();
    start_worker(std::move(sockets), program);
  }
  while (between > 0 && waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  return between > 0;
}

class LoopbackEndpoint : public io::CredentialEndpoint {
 public:
  LoopbackEndpoint(std::uint16_t port, Descriptor channel)
      : port_(port), channel_(std::move(channel)), owner_(getpid()) {}

  [[nodiscard]] std::string url() const override { return formatted("http://127.0.0.1:{}/", port_); }

  Result<> answer(const io::EndpointAnswer& answer) override {
    const Secret message = pack(answer);
    const auto bytes = message.reveal();
    if (send(channel_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
      return fail(Fault::other, "the endpoint's process is gone: {}", std::strerror(errno));
    }
    return {};
  }

  Event wait(Deadline until) override {
    while (true) {
      const auto now = std::chrono::steady_clock::now();
      // Where the worker cannot see its owner end, we look now and then.
      if (wait_for(channel_.get(), POLLIN, std::min(until, now + 1s))) {
        return asked() ? Event::asked : Event::over;
      }
      if (getpid() != owner_ && kill(owner_, 0) != 0 && errno == ESRCH) {
        return Event::over;
      }
      if (now >= until) {
        return Event::time;
      }
    }
  }

 private:
  bool asked() {
    std::array<std::byte, 64> bytes{};
    bool any = false;
    while (true) {
      const ssize_t count = recv(channel_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (count <= 0) {
        return any && count < 0 && errno == EAGAIN;
      }
      any = true;
    }
  }

  std::uint16_t port_;
  Descriptor channel_;
  pid_t owner_;
};

}  // namespace

bool LoopbackEndpoints::jailed() { return try_out("jail endpoint-worker").has_value(); }

Result<std::unique_ptr<io::CredentialEndpoint>> LoopbackEndpoints::open(std::uint16_t port) {
  auto listening = TRY(listen_on(port));
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Fault::other, "cannot make a socket: {}", std::strerror(errno));
  }
  Descriptor ours(ends[0]);
  Descriptor owner(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  const Descriptor program = TRY(open_own_program());
  if (!start_orphan({std::move(listening.socket), Descriptor(ends[1]), std::move(owner)}, program)) {
    return fail(Fault::other, "cannot start a process: {}", std::strerror(errno));
  }
  return std::make_unique<LoopbackEndpoint>(listening.port, std::move(ours));
}

}  // namespace touchsts::os
