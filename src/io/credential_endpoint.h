// The endpoint on this machine that AWS SDKs ask for credentials (AWS SDKs and Tools Reference, "Container credential
// provider").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::io {

// EndpointAnswer is what is answered until the next one is given.
struct EndpointAnswer {
  Secret body;                 // JSON
  Time good_until;             // from then on the answer is 503
  std::string lack;            // why there is nothing better then; for people
  std::vector<Secret> tokens;  // each opens the endpoint: a request's Authorization must be one of them
};

// A CredentialEndpoint answers from a process of its own, so that no client waits while new credentials are fetched. It
// is gone when this object or the process that opened it is, whichever comes first.
class CredentialEndpoint {
 public:
  virtual ~CredentialEndpoint() = default;
  [[nodiscard]] virtual std::string url() const = 0;
  virtual Result<> answer(const EndpointAnswer& answer) = 0;

  enum class Event { asked, time, over };

  // wait returns at once when a client with a token has asked since the last call, or when the endpoint is over; else
  // at `until`.
  virtual Event wait(Deadline until) = 0;
};

class CredentialEndpoints {
 public:
  virtual ~CredentialEndpoints() = default;

  // jailed tells whether the process that answers will have given up all rights but that.
  virtual bool jailed() = 0;

  // open listens on 127.0.0.1; port 0 means any that is free. A client with the url and a token may ask.
  virtual Result<std::unique_ptr<CredentialEndpoint>> open(std::uint16_t port) = 0;
};

}  // namespace touchsts::io
