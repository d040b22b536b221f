#include "os/resolver.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <optional>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <utility>

#include "base/untrusted.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kMostAddresses = 16;

// What the child sends: a status of getaddrinfo, then addresses.
struct Report {
  int status = 0;
  std::uint32_t count = 0;
  SocketAddress addresses[kMostAddresses];
};

SocketAddress ipv4(in_addr address, std::uint16_t port) {
  SocketAddress made;
  const sockaddr_in full{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = address, .sin_zero = {}};
  std::memcpy(&made.storage, &full, sizeof full);
  made.size = sizeof full;
  return made;
}

SocketAddress ipv6(const in6_addr& address, std::uint16_t port) {
  SocketAddress made;
  sockaddr_in6 full{};
  full.sin6_family = AF_INET6;
  full.sin6_port = htons(port);
  full.sin6_addr = address;
  std::memcpy(&made.storage, &full, sizeof full);
  made.size = sizeof full;
  return made;
}

std::vector<SocketAddress> without_lookup(const std::string& host, std::uint16_t port) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return {ipv4(v4, port)};
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    return {ipv6(v6, port)};
  }
  if (host == "localhost") {  // RFC 6761, 6.3
    v4.s_addr = htonl(INADDR_LOOPBACK);
    return {ipv4(v4, port), ipv6(in6addr_loopback, port)};
  }
  return {};
}

// Runs in the child; it must not outlive us nor hold the caller's pipes open.
[[noreturn]] void look_up(const std::string& host, std::uint16_t port, int answer) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int number = 0; number <= 2; ++number) {
    close(number);
  }
  static Report report;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  report.status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  for (const addrinfo* at = found; report.status == 0 && at != nullptr && report.count < kMostAddresses;
       at = at->ai_next) {
    auto& address = report.addresses[report.count++];
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  _exit(write(answer, &report, sizeof report) == sizeof report ? 0 : 1);
}

}  // namespace

Result<Lookup> Lookup::start(const std::string& host, std::uint16_t port) {
  Lookup lookup;
  lookup.host_ = host;
  lookup.known_ = without_lookup(host, port);
  if (!lookup.known_.empty()) {
    return lookup;
  }
  int pipe[2] = {-1, -1};
  if (pipe2(pipe, O_CLOEXEC) != 0) {
    return fail(Fault::network, "cannot look up names: {}", std::strerror(errno));
  }
  lookup.answer_ = Descriptor(pipe[0]);
  const Descriptor write_end(pipe[1]);
  lookup.child_ = fork();
  if (lookup.child_ < 0) {
    return fail(Fault::network, "cannot look up names: {}", std::strerror(errno));
  }
  if (lookup.child_ == 0) {
    look_up(host, port, write_end.get());
  }
  return lookup;
}

Lookup::Lookup(Lookup&& other) noexcept
    : host_(std::move(other.host_)),
      answer_(std::move(other.answer_)),
      child_(std::exchange(other.child_, -1)),
      known_(std::move(other.known_)) {}

Lookup& Lookup::operator=(Lookup&& other) noexcept {
  std::swap(host_, other.host_);
  std::swap(answer_, other.answer_);
  std::swap(child_, other.child_);
  std::swap(known_, other.known_);
  return *this;
}

Lookup::~Lookup() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

Result<std::vector<SocketAddress>> Lookup::finish() {
  if (child_ < 0) {
    return std::move(known_);
  }
  Report report;
  auto* const raw = reinterpret_cast<char*>(&report);
  std::size_t used = 0;
  while (used < sizeof report) {
    const ssize_t count = read(answer_.get(), raw + used, sizeof report - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return fail(Fault::network, "the look-up of {} failed", Untrusted{host_});
    }
    used += static_cast<std::size_t>(count);
  }
  if (report.status != 0 || report.count == 0 || report.count > kMostAddresses) {
    return hinted(fail(Fault::network,
                       "{} cannot be resolved: {}",
                       Untrusted{host_},
                       report.status != 0 ? gai_strerror(report.status) : "no address"),
                  "check the region's name, the network and DNS");
  }
  return std::vector<SocketAddress>(report.addresses, report.addresses + report.count);
}

}  // namespace touchsts::os
