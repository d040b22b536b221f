// A section of ~/.aws/credentials that holds temporary credentials, for programs that read nothing else.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/result.h"
#include "cli/invocation.h"
#include "codec/ini_edit.h"
#include "io/world.h"
#include "issue/plan.h"
#include "settings/surroundings.h"

namespace touchsts::cli {

// kExpiryKey is the property by which our own sections, and those of others, say until when they are good.
inline constexpr std::string_view kExpiryKey = "expiration";

// check_section says why `section` cannot take what `plan` gives (Fault::configuration), before a person is asked for a
// touch: there are two of its name, its name is none, or it holds long-term keys that would be lost.
Result<> check_section(const settings::Surroundings& around, const issue::Plan& plan, const Section& section);

// write_section puts credentials into the section; it is made where it is not there. Other properties stay. It refuses
// as check_section does what has come into the file since.
Result<> write_section(const settings::Surroundings& around,
                       const issue::Plan& plan,
                       const Section& section,
                       const aws::Credentials& credentials,
                       io::World& world,
                       Deadline deadline);

// kSessionKeys are what write_section may put there, the three that every program knows first.
inline constexpr std::array<std::string_view, 5> kSessionKeys = {
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", kExpiryKey};

// empty_section takes `keys` out of the section [name]; false when there is no such section. Long-term keys are left
// where they are (Fault::configuration).
Result<bool> empty_section(const settings::Surroundings& around,
                           const std::string& name,
                           std::span<const std::string_view> keys,
                           codec::Emptied emptied,
                           io::World& world,
                           Deadline deadline);

}  // namespace touchsts::cli
