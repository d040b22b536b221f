// The MFA devices of an IAM user, as IAM and the user's own keys see them.
#pragma once

#include <string>
#include <vector>

#include "aws/iam.h"
#include "io/world.h"
#include "steps/query_client.h"

namespace touchsts::steps {

// MfaDevices calls IAM for the user whose long-term keys it is given.
class MfaDevices {
 public:
  struct Owner {
    std::string user;
    std::string account;
    std::string partition;
  };

  // `sts` tells who the caller is.
  MfaDevices(QueryClient& sts, QueryClient& iam, const aws::Credentials& keys) : sts_(sts), iam_(iam), keys_(keys) {}

  // owner asks once. Fault::configuration when the caller is no IAM user.
  Result<Owner> owner();

  Result<aws::VirtualMfaDevice> create(std::string_view name);

  // enable and resync return false when IAM does not take the codes.
  Result<bool> enable(const std::string& serial, const aws::CodePair& codes);
  Result<bool> resync(const std::string& serial, const aws::CodePair& codes);

  // remove takes back what create and perhaps enable have done.
  Result<> remove(const std::string& serial);

  Result<std::vector<aws::MfaDevice>> list();

  // now is the wall clock, corrected by IAM's.
  [[nodiscard]] Time now() const { return iam_.now(); }

 private:
  Result<Secret> ask(const Secret& body, QueryClient::Body kind, QueryClient::Refusal* refusal);
  Result<bool> with_codes(const Secret& body, std::string_view action);

  QueryClient& sts_;
  QueryClient& iam_;
  const aws::Credentials& keys_;
  std::string user_;
};

}  // namespace touchsts::steps
