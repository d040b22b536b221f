// How credentials leave: the answer of credential_process, exports for a shell, or the environment of a command.
#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/secret.h"
#include "cli/invocation.h"
#include "io/programs.h"

namespace touchsts::cli {

// process_json is one compact object and a line end, as credential_process wants it (AWS SDKs and Tools Reference,
// "Process credential provider"): Version 1, Expiration in RFC 3339 with 'Z', AccountId when it is known.
// The other styles are of the programs that we stand in for: Expiration as they have it, no AccountId, no line end.
Secret process_json(const aws::Credentials& credentials, ProcessJson::Style style = ProcessJson::Style::compact);

// exports is text for a shell to evaluate, or an ini section named `profile`.
Secret exports(const aws::Credentials& credentials,
               ExportFormat format,
               std::string_view profile,
               std::string_view region);

// container_json is what a credential endpoint answers (AWS SDKs and Tools Reference, "Container credential provider").
// SDKs want an Expiration, also of what has none.
Secret container_json(const aws::Credentials& credentials, Time good_until);

// settings_text is variables for a shell to evaluate, or one JSON object.
Secret settings_text(const io::Variables& settings, ExportFormat format);

// variables is the environment of `exec`; `region` may be "".
io::Variables variables(const aws::Credentials& credentials, std::string_view region);

// What `exec` takes out of the environment: what would name other credentials, and what is ours.
std::vector<std::string> dropped_variables();

}  // namespace touchsts::cli
