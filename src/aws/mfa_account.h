// What the accounts of an MFA device are called: by AWS's QR codes, by other programs, and by us.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace touchsts::aws {

// NameFit says how surely a name is that of a device.
enum class NameFit {
  none,
  likely,  // the device's name at something that may be a user or an account alias: NAME@ALIAS
  alias,   // the same with AWS's issuer; or without ALIAS
  sure,    // the ARN or the account number is in it
};

// fit_of_account_name compares a label, [ISSUER:]NAME, with the ARN of a virtual device or the serial number of
// another. QR codes of AWS say "Amazon Web Services:NAME@ALIAS", with the account's number where it has no alias;
// applications drop the issuer, and people shorten it to "AWS".
NameFit fit_of_account_name(std::string_view serial, std::string_view label);

// names_of_mfa_device lists what we call an account of ours, best first.
std::vector<std::string> names_of_mfa_device(std::string_view serial);

}  // namespace touchsts::aws
