// The files of users and groups (passwd(5), group(5)).
#pragma once

#include <string_view>

namespace touchsts::codec {

struct UserEntry {
  std::string_view name;
  std::string_view full_name;  // the first part of the comment field
};

// find_user gives views into `passwd_file`; empty ones when the user is not in it.
UserEntry find_user(std::string_view passwd_file, unsigned user);

// is_private_group: only `user` and root are in `group`, and the group is the user's own: it has the user's name,
// or number where group(5) does not know it, or is root's. Both files are texts; empty ones mean that it is unknown.
bool is_private_group(unsigned group, unsigned user, std::string_view passwd_file, std::string_view group_file);

}  // namespace touchsts::codec
