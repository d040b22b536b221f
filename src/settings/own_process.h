// A credential_process that is touchsts itself: another way to name a profile of ours.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

// asked_profile is the profile that `profile`'s credential_process asks touchsts for. Nothing where that is another
// program, or there is none. Fault::configuration where its options change whose credentials they are: those of how
// they are got (--no-prompt, --no-cache, --timeout and the like) are ours to choose.
Result<std::optional<std::string>> asked_profile(const Surroundings& around, const ProfileView& profile);

}  // namespace touchsts::settings
