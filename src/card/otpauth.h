// The URIs in the QR codes of authenticators:
// otpauth://totp/ISSUER:NAME?secret=BASE32&issuer=...&algorithm=SHA1&digits=6 &period=30 (the "Key Uri Format" of
// Google Authenticator).
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "card/account.h"

namespace touchsts::card {

struct OtpauthUri {
  OathType type = OathType::totp;
  OathHash hash = OathHash::sha1;
  std::uint8_t digits = 6;
  Seconds period = kUsualPeriod;
  std::string issuer;
  std::string name;
  Secret secret;  // the bare key
};

// parse_otpauth fails with Fault::usage and says which part is wrong, without showing any of it.
Result<OtpauthUri> parse_otpauth(const Secret& uri);

}  // namespace touchsts::card
