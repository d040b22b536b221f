// AWS Identity and Access Management, API version 2010-05-08: the calls about a user's MFA devices.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/service_error.h"
#include "base/result.h"
#include "base/secret.h"

namespace touchsts::aws {

// CodePair is two codes of neighbouring time steps, the earlier one first.
struct CodePair {
  Secret first;
  Secret second;
};

// The encode_ functions make the body of a POST, application/x-www-form-urlencoded.
Secret encode_create_virtual_mfa_device(std::string_view name);
Secret encode_enable_mfa_device(std::string_view user, std::string_view serial, const CodePair& codes);
Secret encode_resync_mfa_device(std::string_view user, std::string_view serial, const CodePair& codes);
Secret encode_deactivate_mfa_device(std::string_view user, std::string_view serial);
Secret encode_delete_virtual_mfa_device(std::string_view serial);
Secret encode_list_mfa_devices(std::string_view user);

struct VirtualMfaDevice {
  std::string serial;  // its ARN
  Secret seed;         // the bare key of its TOTP account (SHA-1, six digits, 30 s)
};

// The parse_ functions read the answers; Fault::malformed for what is none. parse_done is for those that say nothing.
Result<VirtualMfaDevice> parse_create_virtual_mfa_device(Secret body);
Result<> parse_done(Secret body, std::string_view action);

struct MfaDevice {
  std::string serial;
  std::string enabled;  // date, as IAM writes it
};
Result<std::vector<MfaDevice>> parse_list_mfa_devices(Secret body);

// check_device_name: 1 to 128 letters, digits or _+=,.@- (VirtualMFADeviceName). Fault::usage.
Result<> check_device_name(std::string_view name);

// refuses_pair: IAM did not take the codes.
bool refuses_pair(const ServiceError& error);

// advise_iam words an error of IAM for a person.
Error advise_iam(const ServiceError& error);

}  // namespace touchsts::aws
