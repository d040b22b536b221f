// A connection to an origin, opened step by step without blocking: look-up, connect, CONNECT through a proxy, TLS.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/url.h"
#include "io/background.h"
#include "io/http.h"
#include "os/descriptor.h"
#include "os/resolver.h"
#include "os/tls_session.h"
#include "os/trust_store.h"

namespace touchsts::os {

class Connection : public io::Background {
 public:
  Connection(codec::Origin origin, const io::Network& network, Deadline deadline);

  std::optional<Wish> wants() override;
  void advance() override;

  // opened waits until the connection stands, or says why it does not.
  Result<> opened(Deadline deadline);

  // read and write work on the opened connection; 0 means the peer closed it.
  Result<std::size_t> read(std::span<char> into, Deadline deadline);
  Result<std::size_t> write(std::span<const char> from, Deadline deadline);
  // still_open tells whether the other side has neither closed an opened connection nor said anything on it unasked.
  [[nodiscard]] bool still_open();
  [[nodiscard]] int socket() const { return socket_.get(); }

 private:
  enum class Stage { looking_up, connecting, asking_proxy, hearing_proxy, shaking_hands, open, failed };

  [[nodiscard]] const codec::Origin& first_hop() const { return proxy_ ? proxy_->origin : origin_; }
  Result<> begin();
  Result<> step();
  Result<> finish_lookup();
  Result<> connect_next();
  Result<> finish_connect();
  Result<> connected();
  Result<> ask_proxy();
  Result<> hear_proxy();
  Result<> start_tls();
  Result<> shake_hands();
  Result<std::size_t> transfer(bool writing, std::span<char> into, std::span<const char> from, Deadline deadline);

  codec::Origin origin_;
  io::Network network_;
  Deadline deadline_;
  std::optional<codec::Url> proxy_;
  Stage stage_ = Stage::looking_up;
  short events_ = 0;
  std::optional<Error> error_;
  std::optional<Lookup> lookup_;
  std::vector<SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  Deadline attempt_ends_;
  Descriptor socket_;
  Secret proxy_request_;
  std::size_t proxy_sent_ = 0;
  std::string proxy_answer_;
  std::optional<TrustStore> store_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace touchsts::os
