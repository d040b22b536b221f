// AWS Security Token Service, API version 2011-06-15: requests as form bodies, answers and errors from XML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.h"
#include "aws/service_error.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::aws {

struct Tag {
  std::string key;
  std::string value;
  bool operator==(const Tag&) const = default;
};

struct ProvidedContext {
  std::string provider_arn;
  std::string assertion;
  bool operator==(const ProvidedContext&) const = default;
};

// RoleRequest is what AssumeRole takes beside MFA. Empty texts and absent values are not sent.
struct RoleRequest {
  std::string role_arn;
  std::string session_name;  // empty: one is made up when the request is sent
  std::string external_id;
  std::string source_identity;
  std::string policy;
  std::vector<std::string> policy_arns;
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::vector<ProvidedContext> contexts;
  std::optional<Seconds> duration;
};

inline constexpr std::string_view kStsVersion = "2011-06-15";

inline constexpr Seconds kShortestDuration{900};
inline constexpr Seconds kLongestRole{43'200};
inline constexpr Seconds kLongestChainedRole{3'600};
inline constexpr Seconds kLongestSession{129'600};
inline constexpr Seconds kUsualRole{3'600};      // what AssumeRole gives when no duration is asked for
inline constexpr Seconds kUsualSession{43'200};  // and GetSessionToken

// check_role_request holds every field against the limits of the API; Fault::configuration names the first that breaks
// one.
Result<> check_role_request(const RoleRequest& request);

// MfaProof goes with a request; the code is spent by sending it.
struct MfaProof {
  std::string_view serial;
  const Secret& code;
};

// The encode_ functions make the body of a POST, application/x-www-form-urlencoded. `proof` may be null.
Secret encode_get_session_token(std::optional<Seconds> duration, const MfaProof* proof);
Secret encode_assume_role(const RoleRequest& request, std::string_view session_name, const MfaProof* proof);

Secret encode_get_caller_identity();

// parse_caller_identity gives the caller's ARN.
Result<std::string> parse_caller_identity(Secret body);

// parse_credentials reads the answer to either of the first two, or to AssumeRoleWithSAML. `now` bounds the expiry: at
// most 36 hours and a little ahead. Anything that is not of the shape of AWS's keys is Fault::malformed.
Result<Credentials> parse_credentials(Secret body, Time now);

// refuses_code: STS did not take the MFA code.
bool refuses_code(const ServiceError& error);

// advise_sts words an error of STS for a person, with what to do about it.
Error advise_sts(const ServiceError& error);

}  // namespace touchsts::aws
