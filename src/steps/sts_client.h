// Calling STS: signed, retried, with the clock corrected by the server's where it must be.
#pragma once

#include <functional>
#include <memory>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/sts.h"
#include "base/result.h"
#include "io/world.h"

namespace touchsts::steps {

struct StsOptions {
  const io::Network& network;
  int attempts;
  Deadline deadline;  // of everything
};

class StsClient {
 public:
  StsClient(io::World& world, const aws::Endpoint& endpoint, const StsOptions& options)
      : world_(world), endpoint_(endpoint), options_(options) {}

  // open starts the next connection before it is needed; call drives it on.
  io::Background& open();

  // Body makes the request's form, anew for each time it is sent: a code in it goes out once only.
  // OneShot bodies hold a code: they are not sent again once a byte may have left.
  enum class Body { repeatable, one_shot };

  // Outcome of one call that reached STS and was refused.
  struct Refusal {
    aws::ServiceError error;
    Seconds clock_offset{0};  // what the server's clock is ahead of ours
  };

  // call sends `body` signed by `signer` and returns the credentials in the answer. A refusal by STS is an Error with
  // advice; when `refusal` is not null it is filled in as well.
  Result<aws::Credentials> call(const Secret& body, Body kind, const aws::Credentials& signer, Refusal* refusal);

  // now is the wall clock, corrected once STS has told that ours is far off.
  [[nodiscard]] Time now() const { return world_.clock.now() + correction_; }

 private:
  std::expected<io::HttpReply, io::HttpFailure> send(const Secret& body, const aws::Credentials& signer);
  bool wait_before_retry(int tries);

  io::World& world_;
  const aws::Endpoint& endpoint_;
  StsOptions options_;
  std::unique_ptr<io::HttpConnection> opened_;
  Seconds correction_{0};
};

}  // namespace touchsts::steps
