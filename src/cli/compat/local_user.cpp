#include "cli/compat/local_user.h"

#include <array>

#include "codec/number.h"

namespace touchsts::cli::compat {

LocalUser find_user(std::string_view passwd, unsigned user_id) {
  while (!passwd.empty()) {
    std::string_view line = passwd.substr(0, passwd.find('\n'));
    passwd.remove_prefix(std::min(line.size() + 1, passwd.size()));
    std::array<std::string_view, 5> fields;  // name:password:id:group:full name,...
    for (auto& field : fields) {
      field = line.substr(0, line.find(':'));
      line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    if (codec::parse_number<unsigned>(fields[2]) == user_id) {
      return {std::string(fields[0]), std::string(fields[4].substr(0, fields[4].find(',')))};
    }
  }
  return {};
}

LocalUser local_user(const Request& request) {
  const auto& environment = *request.around.environment;
  const auto file = request.read_file("/etc/passwd");
  LocalUser user = file && *file ? find_user((*file)->bytes.reveal_text(), request.around.facts->user_id) : LocalUser();
  for (const std::string_view variable : {"LOGNAME", "USER", "LNAME", "USERNAME"}) {
    if (const std::string_view name = environment.get(variable); !name.empty()) {
      user.name = name;
      break;
    }
  }
  return user;
}

}  // namespace touchsts::cli::compat
