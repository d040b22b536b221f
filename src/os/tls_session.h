// One TLS client session over a connected, non-blocking socket (Mbed TLS).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "os/trust_store.h"

namespace touchsts::os {

inline constexpr std::size_t kMostQuiet = std::size_t{512} * 1024;  // bytes without any for the application

// What a step of the session came to. `wait_read` and `wait_write` mean: poll the socket, then call again.
enum class TlsStep { done, wait_read, wait_write, closed };

// TLS 1.2 or 1.3, ECDHE and AEAD suites, SHA-256 or better, RSA from 2048 bits, P-256/384/521; the certificate must
// chain to the store and name exactly `host`. There is no way to switch any of that off.
class TlsSession {
 public:
  // The socket and the store are borrowed.
  static Result<std::unique_ptr<TlsSession>> start(int socket, const std::string& host, const TrustStore& store);

  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  // until sets when calls end, also those that a peer keeps busy with records that mean nothing (alerts, tickets). A
  // peer that sends kMostQuiet bytes of these in a row is given up before.
  void until(Deadline deadline);

  // handshake is called until it is done. Fault::network says what was wrong with the peer or its certificate.
  Result<TlsStep> handshake();

  // read and write set `count` when they are done.
  Result<TlsStep> read(std::span<char> into, std::size_t& count);
  Result<TlsStep> write(std::span<const char> from, std::size_t& count);

 private:
  struct State;
  explicit TlsSession(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace touchsts::os
