// The URIs in the QR codes of authenticators:
// otpauth://totp/ISSUER:NAME?secret=BASE32&issuer=...&algorithm=SHA1&digits=6&period=30 (the "Key Uri Format" of Google
// Authenticator), and base 32 alone. They are read as Yubico's ykman reads them (tests/e2e/test_otpauth.py names what
// differs).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "card/account.h"

namespace touchsts::card {

struct OtpauthUri {
  OathType type = OathType::totp;
  OathHash hash = OathHash::sha1;
  std::uint8_t digits = 6;
  Seconds period = kUsualPeriod;
  std::uint32_t counter = 0;  // of HOTP: where it begins
  std::string issuer;
  std::string name;
  Secret secret;  // the bare key
};

// parse_seed reads a secret as AWS and others show it: base 32 in both cases, with or without blanks, hyphens and
// padding. Nothing when it is something else.
std::optional<Secret> parse_seed(std::string_view text);

// parse_hash reads SHA1, SHA256 or SHA512, in both cases.
std::optional<OathHash> parse_hash(std::string_view text);

// parse_otpauth fails with Fault::usage and says which part is wrong, without showing any of it.
Result<OtpauthUri> parse_otpauth(const Secret& uri);

}  // namespace touchsts::card
