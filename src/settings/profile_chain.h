// The profiles that a profile's credentials come by: from the keys, or a log-in, to the last role.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "aws/profiles.h"
#include "base/result.h"
#include "base/untrusted.h"
#include "issue/plan.h"
#include "settings/surroundings.h"

namespace touchsts::settings {

inline constexpr std::size_t kDeepestChain = 8;  // roles on the way from long-term keys

// Chain is a profile taken apart: what it starts from (keys, or a log-in), and the profiles with roles, nearest to that
// first.
struct Chain {
  issue::Step root;
  std::string root_profile;  // "" when that is none
  bool temporary = false;    // the root gives temporary keys
  std::vector<ProfileView> roles;
};

// find_chain follows source_profile from `profile` down to the keys. Where it is not `named` (by a flag or
// AWS_PROFILE), keys in the environment come first. `flags` count before the profile's own values; with a role_arn they
// add a role instead. Fault::configuration with what to change.
Result<Chain> find_chain(const Surroundings& around, const std::string& profile, bool named, const aws::Profile& flags);

// in_profile says in which profile `result` failed. What flags alone make has no name.
template <class T>
Result<T> in_profile(const ProfileView& profile, Result<T> result) {
  return profile.name().empty() ? std::move(result) : within("profile " + printable(profile.name()), std::move(result));
}

}  // namespace touchsts::settings
