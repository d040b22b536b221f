// Who runs us, as programs in Python and Go find out.
#pragma once

#include <string>
#include <string_view>

#include "cli/compat/front_end.h"

namespace touchsts::cli::compat {

struct LocalUser {
  std::string name;       // login name; "" when it is unknown
  std::string full_name;  // from the user database; may be ""
};

// local_user looks into the environment, then into the user database, passwd(5).
LocalUser local_user(const Request& request);

}  // namespace touchsts::cli::compat
