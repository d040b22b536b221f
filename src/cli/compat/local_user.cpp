#include "cli/compat/local_user.h"

#include "codec/user_database.h"

namespace touchsts::cli::compat {

LocalUser local_user(const Request& request) {
  const auto& environment = *request.around.environment;
  const auto file = request.read_file("/etc/passwd");
  LocalUser user;
  if (file && *file) {
    const auto found = codec::find_user((*file)->bytes.reveal_text(), request.around.facts->user_id);
    user = {std::string(found.name), std::string(found.full_name)};
  }
  for (const std::string_view variable : {"LOGNAME", "USER", "LNAME", "USERNAME"}) {
    if (const std::string_view name = environment.get(variable); !name.empty()) {
      user.name = name;
      break;
    }
  }
  return user;
}

}  // namespace touchsts::cli::compat
