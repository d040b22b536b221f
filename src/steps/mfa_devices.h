// The MFA devices of an IAM user, as IAM and the user's own keys see them.
#pragma once

#include <string>
#include <utility>
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

  // of_caller asks STS whose keys they are. Fault::configuration when that is no IAM user.
  static Result<MfaDevices> of_caller(QueryClient& sts, QueryClient& iam, const aws::Credentials& keys);

  [[nodiscard]] const Owner& owner() const { return owner_; }

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
  MfaDevices(QueryClient& iam, const aws::Credentials& keys, Owner owner)
      : iam_(iam), keys_(keys), owner_(std::move(owner)) {}

  Result<Secret> ask(const Secret& body, QueryClient::Body kind, QueryClient::Refusal* refusal);
  Result<bool> with_codes(const Secret& body, std::string_view action);

  QueryClient& iam_;
  const aws::Credentials& keys_;
  Owner owner_;
};

}  // namespace touchsts::steps
