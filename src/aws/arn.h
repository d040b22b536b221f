// Amazon Resource Names, and the limits that STS puts on the texts we send it (STS API reference, "Request
// Parameters").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace touchsts::aws {

// Arn is "arn:partition:service:region:account:resource".
struct Arn {
  std::string partition;
  std::string service;
  std::string region;
  std::string account;
  std::string resource;
};

// parse_arn returns nothing unless all six parts are there, with partition, service and resource not empty and no
// blank or control character anywhere.
std::optional<Arn> parse_arn(std::string_view text);

// Each check_ function fails with Fault::configuration and says what is wrong with the value; `what` names it.
Result<> check_role_arn(std::string_view arn);
Result<> check_policy_arn(std::string_view arn);

// check_mfa_serial refuses what AWS's STS certainly refuses: a device is named by the serial number of a hardware
// device, or by the ARN "arn:PARTITION:iam::ACCOUNT:mfa/NAME" of another. Other services have names of their own
// ("MyMFA1", "arn:MyMFA1"), which check_name_form takes: 1 to 256 printable characters of ASCII without blanks.
Result<> check_mfa_serial(std::string_view serial);
Result<> check_name_form(std::string_view serial);

// oddity_of_mfa_serial says what is unusual about a serial number that is not refused; "" when nothing is.
std::string oddity_of_mfa_serial(std::string_view serial);

Result<> check_session_name(std::string_view what, std::string_view name);  // 2 to 64 of [\w+=,.@-]
Result<> check_external_id(std::string_view id);                            // 2 to 1224 of [\w+=,.@:/-]
Result<> check_token_code(std::string_view code);                           // six digits
Result<> check_region(std::string_view region);

}  // namespace touchsts::aws
