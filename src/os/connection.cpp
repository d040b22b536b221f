#include "os/connection.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/base64.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kAddressPatience = 3s;              // for one of several addresses
constexpr std::size_t kLongestProxyAnswer = 8192;  // bytes of header

std::string_view stage_name(bool proxy) { return proxy ? "the proxy " : ""; }

Error too_late(std::string_view doing) {
  return {Fault::network, formatted("{} took too long", doing), "check the network and the proxy settings"};
}

}  // namespace

Connection::Connection(codec::Origin origin, const io::Network& network, Deadline deadline)
    : origin_(std::move(origin)), network_(network), deadline_(deadline), attempt_ends_(deadline) {
  if (auto started = begin(); !started) {
    error_ = std::move(started).error();
    stage_ = Stage::failed;
  }
}

Result<> Connection::begin() {
  if (network_.unusable) {
    return std::unexpected(*network_.unusable);
  }
  if (origin_.scheme == "https" && codec::is_ip_literal(origin_.host)) {
    return hinted(
        fail(Fault::configuration, "{}: https needs a host name, not an address", Untrusted{codec::to_text(origin_)}),
        "certificates are checked by name");
  }
  if (!network_.proxy_url.empty()) {
    proxy_ = TRY(codec::parse_url(network_.proxy_url, codec::UserPart::allowed));
    if (proxy_->origin.scheme != "http") {
      return hinted(fail(Fault::configuration,
                         "the proxy of {} is reached by https, which touchsts cannot do",
                         network_.proxy_from),
                    "give its http:// URL: what goes through it is encrypted anyway");
    }
  }
  lookup_ = TRY(Lookup::start(first_hop().host, first_hop().port));
  return lookup_->descriptor() < 0 ? finish_lookup() : Result<>();
}

std::optional<io::Background::Wish> Connection::wants() {
  switch (stage_) {
    case Stage::open:
    case Stage::failed:
      return std::nullopt;
    case Stage::looking_up:
      return Wish{lookup_->descriptor(), POLLIN};
    default:
      return Wish{socket_.get(), events_};
  }
}

void Connection::advance() {
  const auto wish = wants();
  if (!wish) {
    return;
  }
  const auto now = steady_clock::now();
  pollfd ready{wish->descriptor, wish->events, 0};
  Result<> done;
  if (now >= deadline_) {  // also when the other side never pauses
    done = std::unexpected(too_late(stage_ == Stage::looking_up ? "looking up " + printable(first_hop().host)
                                                                : "connecting to " + printable(first_hop().host)));
  } else if (poll(&ready, 1, 0) > 0) {
    done = step();
  } else if (stage_ == Stage::connecting && now >= attempt_ends_) {
    done = connect_next();
  }
  if (!done) {
    error_ = std::move(done).error();
    stage_ = Stage::failed;
  }
}

Result<> Connection::step() {
  switch (stage_) {
    case Stage::looking_up:
      return finish_lookup();
    case Stage::connecting:
      return finish_connect();
    case Stage::asking_proxy:
      return ask_proxy();
    case Stage::hearing_proxy:
      return hear_proxy();
    case Stage::shaking_hands:
      return shake_hands();
    case Stage::open:
    case Stage::failed:
      break;
  }
  return {};
}

Result<> Connection::finish_lookup() {
  addresses_ = TRY(lookup_->finish());
  lookup_.reset();
  return connect_next();
}

Result<> Connection::connect_next() {
  while (next_address_ < addresses_.size()) {
    const auto& address = addresses_[next_address_++];
    socket_ = Descriptor(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_.valid()) {
      continue;
    }
    const int yes = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const int status = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
    if (status == 0 || errno == EINPROGRESS) {
      const bool last = next_address_ == addresses_.size();
      attempt_ends_ = last ? deadline_ : std::min<Deadline>(deadline_, steady_clock::now() + kAddressPatience);
      stage_ = Stage::connecting;
      events_ = POLLOUT;
      return {};
    }
  }
  return hinted(fail(Fault::network,
                     "{}{} cannot be reached: {}",
                     stage_name(proxy_.has_value()),
                     Untrusted{codec::to_text(first_hop())},
                     std::strerror(errno)),
                "check the network" + std::string(proxy_ ? " and " + network_.proxy_from : ""));
}

Result<> Connection::finish_connect() {
  int problem = 0;
  socklen_t size = sizeof problem;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0) {
    errno = problem;
    return connect_next();
  }
  return connected();
}

Result<> Connection::connected() {
  if (!proxy_) {
    return start_tls();
  }
  // RFC 9110, 9.3.6
  const std::string target = origin_.host.contains(':') ? "[" + origin_.host + "]" : origin_.host;
  SecretWriter request;
  request.append(formatted("CONNECT {0}:{1} HTTP/1.1\r\nHost: {0}:{1}\r\n", target, origin_.port));
  if (!proxy_->user.empty()) {
    SecretWriter pair;
    pair.append(proxy_->user.reveal());
    pair.append(std::string_view(":"));
    pair.append(proxy_->password.reveal());
    request.append(std::string_view("Proxy-Authorization: Basic "));
    request.append(codec::base64_encode(pair.take().reveal()).reveal());
    request.append(std::string_view("\r\n"));
  }
  request.append(std::string_view("\r\n"));
  proxy_request_ = request.take();
  stage_ = Stage::asking_proxy;
  events_ = POLLOUT;
  return {};
}

Result<> Connection::ask_proxy() {
  const auto rest = proxy_request_.reveal().subspan(proxy_sent_);
  const ssize_t count = send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EINTR && errno != EAGAIN) {
    return fail(Fault::network, "the proxy closed the connection: {}", std::strerror(errno));
  }
  proxy_sent_ += count > 0 ? static_cast<std::size_t>(count) : 0;
  if (proxy_sent_ == proxy_request_.size()) {
    proxy_request_ = Secret();
    stage_ = Stage::hearing_proxy;
    events_ = POLLIN;
  }
  return {};
}

// Reads to the end of the header and no further: what follows belongs to TLS.
Result<> Connection::hear_proxy() {
  while (!proxy_answer_.ends_with("\r\n\r\n")) {
    char byte = 0;
    const ssize_t count = recv(socket_.get(), &byte, 1, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return {};
    }
    if (count <= 0 || proxy_answer_.size() == kLongestProxyAnswer) {
      return fail(Fault::network, "the proxy {} did not answer as one", Untrusted{codec::to_text(proxy_->origin)});
    }
    proxy_answer_ += byte;
  }
  const std::string_view line = std::string_view(proxy_answer_).substr(0, proxy_answer_.find('\r'));
  const auto blank = line.find(' ');
  const std::string_view status = blank == std::string_view::npos ? "" : line.substr(blank + 1, 3);
  if (!line.starts_with("HTTP/1.") || !status.starts_with('2') || status.size() != 3) {
    return hinted(fail(Fault::network,
                       "the proxy {} refuses the connection: {}",
                       Untrusted{codec::to_text(proxy_->origin)},
                       Untrusted{line}),
                  status == "407" ? "it wants a user name and password: put them into the URL of " + network_.proxy_from
                                  : "ask its administrator, or exclude the host with NO_PROXY");
  }
  return start_tls();
}

Result<> Connection::start_tls() {
  if (origin_.scheme == "http") {
    stage_ = Stage::open;
    return {};
  }
  store_ = TRY(TrustStore::open(network_, deadline_));
  tls_ = TRY(TlsSession::start(socket_.get(), origin_.host, *store_));
  stage_ = Stage::shaking_hands;
  return shake_hands();
}

Result<> Connection::shake_hands() {
  tls_->until(deadline_);
  const TlsStep step = TRY(tls_->handshake());
  if (step == TlsStep::closed) {
    return fail(Fault::network, "{} closed the connection", Untrusted{origin_.host});
  }
  if (step == TlsStep::done) {
    stage_ = Stage::open;
  }
  events_ = step == TlsStep::wait_write ? POLLOUT : POLLIN;
  return {};
}

Result<> Connection::opened(Deadline deadline) {
  deadline_ = std::min(deadline_, deadline);
  while (const auto wish = wants()) {
    const Deadline until = stage_ == Stage::connecting ? std::min(deadline_, attempt_ends_) : deadline_;
    (void)wait_for(wish->descriptor, wish->events, until);
    advance();
  }
  return stage_ == Stage::open ? Result<>() : std::unexpected(*error_);
}

Result<std::size_t> Connection::transfer(bool writing,
                                         std::span<char> into,
                                         std::span<const char> from,
                                         Deadline deadline) {
  while (true) {
    if (steady_clock::now() >= deadline) {
      return std::unexpected(too_late("the answer of " + printable(origin_.host)));
    }
    std::size_t count = 0;
    TlsStep step = TlsStep::done;
    if (tls_) {
      tls_->until(deadline);
      step = TRY(writing ? tls_->write(from, count) : tls_->read(into, count));
    } else {
      const ssize_t status = writing ? send(socket_.get(), from.data(), from.size(), MSG_NOSIGNAL)
                                     : recv(socket_.get(), into.data(), into.size(), 0);
      if (status < 0 && errno != EAGAIN && errno != EINTR) {
        return fail(Fault::network, "the connection to {} broke: {}", Untrusted{origin_.host}, std::strerror(errno));
      }
      step = status > 0    ? TlsStep::done
             : status == 0 ? TlsStep::closed
             : writing     ? TlsStep::wait_write
                           : TlsStep::wait_read;
      count = status > 0 ? static_cast<std::size_t>(status) : 0;
    }
    if (step == TlsStep::done) {
      return count;
    }
    if (step == TlsStep::closed) {
      return 0;
    }
    (void)wait_for(socket_.get(), step == TlsStep::wait_write ? POLLOUT : POLLIN, deadline);
  }
}

Result<std::size_t> Connection::read(std::span<char> into, Deadline deadline) {
  return transfer(false, into, {}, deadline);
}

Result<std::size_t> Connection::write(std::span<const char> from, Deadline deadline) {
  return transfer(true, {}, from, deadline);
}

bool Connection::still_open() {
  pollfd ready{socket_.get(), POLLIN, 0};
  if (poll(&ready, 1, 0) == 0) {
    return true;
  }
  if (!tls_) {
    return false;
  }
  // Session tickets are to be expected, and nothing behind them.
  char byte = 0;
  std::size_t count = 0;
  tls_->until(deadline_);
  const auto step = tls_->read(std::span(&byte, 1), count);
  return step && *step == TlsStep::wait_read;
}

}  // namespace touchsts::os
