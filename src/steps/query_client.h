// Calling a service that speaks AWS's Query protocol (STS, IAM): signed, retried, with the clock corrected by the
// server's where it must be.
#pragma once

#include <functional>
#include <memory>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/sts.h"
#include "base/result.h"
#include "io/world.h"

namespace touchsts::steps {

struct QueryOptions {
  const io::Network& network;
  int attempts;
  Deadline deadline;                 // of everything
  std::string_view service = "sts";  // that requests are signed for
  Error (*advise)(const aws::ServiceError&) = aws::advise_sts;
};

class QueryClient {
 public:
  QueryClient(io::World& world, const aws::Endpoint& endpoint, const QueryOptions& options)
      : world_(world), endpoint_(endpoint), options_(options) {}

  // open starts the next connection before it is needed; call drives it on.
  io::Background& open();

  // A one-shot body holds a code, or makes something: it is not sent again once a byte of it may have left.
  enum class Body { repeatable, one_shot };

  // Refusal is why a call failed.
  struct Refusal {
    bool request_left = true;  // the body may have reached the service
    aws::ServiceError error;   // what that said, if anything
    Seconds clock_offset{0};   // what the server's clock is ahead of ours
  };

  // call sends `body` signed by `signer` and returns the answer. A refusal is an Error with advice; when `refusal` is
  // not null it is filled in as well.
  Result<Secret> call(const Secret& body, Body kind, const aws::Credentials& signer, Refusal* refusal) {
    return exchange(body, kind, &signer, refusal);
  }

  // call_unsigned sends what needs no keys and may be repeated.
  Result<Secret> call_unsigned(const Secret& body, Refusal* refusal) {
    return exchange(body, Body::repeatable, nullptr, refusal);
  }

  // now is the wall clock, corrected once the service has told that ours is far off.
  [[nodiscard]] Time now() const { return world_.clock.now() + correction_; }

  // learn_clock takes over what another client was told about the clock.
  void learn_clock(const QueryClient& other) { correction_ = other.correction_; }

 private:
  Result<Secret> exchange(const Secret& body, Body kind, const aws::Credentials* signer, Refusal* refusal);
  std::expected<io::HttpReply, io::HttpFailure> send(const Secret& body, const aws::Credentials* signer);
  bool wait_before_retry(int tries);

  io::World& world_;
  const aws::Endpoint& endpoint_;
  QueryOptions options_;
  std::unique_ptr<io::HttpConnection> opened_;
  Seconds correction_{0};
};

}  // namespace touchsts::steps
