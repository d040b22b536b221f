#include "codec/user_database.h"

#include <doctest/doctest.h>

namespace touchsts::codec {

TEST_CASE("users are found by their number") {
  constexpr std::string_view kFile =
      "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada Lovelace,,,:/home/ada:/bin/sh\nbroken\n";
  CHECK(find_user(kFile, 1000).name == "ada");
  CHECK(find_user(kFile, 1000).full_name == "Ada Lovelace");
  CHECK(find_user(kFile, 1001).name.empty());
  CHECK(find_user("", 0).name.empty());
  CHECK(find_user("last:x:7:7::/:", 7).name == "last");
  CHECK(find_user("last:x:7:7::/:", 7).full_name.empty());
}

TEST_CASE("which groups are a user's own") {
  constexpr std::string_view kUsers =
      "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbob:x:1001:100::/home/bob:/bin/sh\n"
      "eve:x:1002:1003::/home/eve:/bin/sh\n";
  const auto own = [&](unsigned group, std::string_view groups) {
    return is_private_group(group, 1000, kUsers, groups);
  };
  CHECK(own(1000, "root:x:0:\nada:x:1000:\n"));
  CHECK(own(1000, "ada:x:1000:ada\n"));
  CHECK(own(1000, "ada:x:1000:root,ada\n"));
  CHECK(own(1000, "root:x:0:\n"));  // a number that group(5) does not know
  CHECK(own(0, "root:x:0:\n"));
  CHECK_FALSE(own(1000, "ada:x:1000:bob\n"));
  CHECK_FALSE(own(1000, "ada:x:1000:ada,bob\n"));
  CHECK_FALSE(own(1000, "staff:x:1000:\n"));  // another name
  CHECK_FALSE(own(100, "users:x:100:\n"));    // bob's primary group
  CHECK_FALSE(own(1003, "ada:x:1003:\n"));    // eve's
  CHECK_FALSE(own(50, "staff:x:50:\n"));
  CHECK_FALSE(own(0, "root:x:0:bob\n"));
  CHECK_FALSE(is_private_group(1000, 1000, "", ""));  // nobody knows
  // Where the user has no entry, as in some containers.
  CHECK(is_private_group(2000, 2000, kUsers, "root:x:0:\n"));
  CHECK_FALSE(is_private_group(1000, 2000, kUsers, "root:x:0:\n"));
}

}  // namespace touchsts::codec
