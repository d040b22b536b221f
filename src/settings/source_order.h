// What a profile of AWS's files offers SDKs to get credentials by, and what they take first.
#pragma once

#include <span>
#include <string_view>

#include "aws/profiles.h"

namespace touchsts::settings {

struct SourceKey {
  std::string_view key;
  std::string_view what;  // for a person
  bool ours = false;      // touchsts takes it, too
};

// sources are the keys that name a source, in the order of the AWS CLI and botocore: a role, a web identity, IAM
// Identity Center, a console log-in, access keys (those of the credentials file before a console log-in). Other SDKs
// differ in which of two comes first; all of them take any of these before credential_process, or some do, and all
// before an endpoint that the environment names.
std::span<const SourceKey> sources();

// first_source is the first of them that `profile` has; null when it has none. `credentials_file` is the path of the
// credentials file, as in the places of values.
const SourceKey* first_source(const aws::Profile& profile, std::string_view credentials_file);

}  // namespace touchsts::settings
