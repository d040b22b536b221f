#include "codec/user_database.h"

#include <algorithm>
#include <array>
#include <functional>

#include "codec/number.h"

namespace touchsts::codec {
namespace {

// What stands before the next `separator`, which goes with it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

using Fields = std::array<std::string_view, 5>;  // name:password:user:group:comment, or name:password:group:members

// Calls `use` for each line until it gives true.
bool any_line(std::string_view file, const std::function<bool(const Fields&)>& use) {
  while (!file.empty()) {
    std::string_view line = take_until(file, '\n');
    Fields fields;
    for (auto& field : fields) {
      field = take_until(line, ':');
    }
    if (use(fields)) {
      return true;
    }
  }
  return false;
}

bool is_number(std::string_view text, unsigned number) { return parse_number<unsigned>(text) == number; }

// Of a list with commas.
bool has_others(std::string_view members, std::string_view user) {
  while (!members.empty()) {
    const std::string_view member = take_until(members, ',');
    if (!member.empty() && member != "root" && member != user) {
      return true;
    }
  }
  return false;
}

}  // namespace

UserEntry find_user(std::string_view passwd_file, unsigned user) {
  UserEntry found;
  any_line(passwd_file, [&](const Fields& fields) {
    const bool is_it = is_number(fields[2], user);
    if (is_it) {
      found = {fields[0], fields[4].substr(0, fields[4].find(','))};
    }
    return is_it;
  });
  return found;
}

bool is_private_group(unsigned group, unsigned user, std::string_view passwd_file, std::string_view group_file) {
  const std::string_view user_name = find_user(passwd_file, user).name;
  const bool primary_of_others = any_line(passwd_file, [&](const Fields& fields) {
    return is_number(fields[3], group) && !is_number(fields[2], user) && !is_number(fields[2], 0);
  });
  std::string_view group_name;
  const bool shared = any_line(group_file, [&](const Fields& fields) {
    if (!is_number(fields[2], group)) {
      return false;
    }
    group_name = fields[0];
    return has_others(fields[3], user_name);
  });
  if (primary_of_others || shared || passwd_file.empty()) {
    return false;
  }
  const bool of_root = group == 0;
  return of_root || (group_name.empty() ? group == user : group_name == user_name);
}

}  // namespace touchsts::codec
