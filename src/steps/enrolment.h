// A new virtual MFA device whose only copy of the seed is on a YubiKey.
#pragma once

#include <span>
#include <string>

#include "io/world.h"
#include "steps/mfa_devices.h"
#include "steps/yubikeys.h"

namespace touchsts::steps {

struct EnrolmentWishes {
  std::string name;        // of the device
  bool touch = true;       // the account's codes need one
  bool show_seed = false;  // on the terminal, for a copy on paper
};

// check_wishes tells what cannot be, before anybody is asked for anything.
Result<> check_wishes(io::World& world, const EnrolmentWishes& wishes);

// enrol makes the device at IAM, writes its account to every key, lets the first one prove that it works, and enables
// the device. Returns its ARN. When any of this fails, neither the device nor an account stays behind; what could not
// be taken back is in the error.
Result<std::string> enrol(
    io::World& world, MfaDevices& devices, std::span<OpenedKey> keys, const EnrolmentWishes& wishes, Deadline deadline);

}  // namespace touchsts::steps
