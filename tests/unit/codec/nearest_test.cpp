#include "codec/nearest.h"

#include <array>

#include <doctest/doctest.h>

namespace touchsts::codec {

TEST_CASE("what somebody may have meant") {
  constexpr std::array<std::string_view, 3> kNames = {"mfa_serial", "region", "role_arn"};
  CHECK(nearest("mfa_serial", kNames, 2) == "mfa_serial");
  CHECK(nearest("mfa_seriall", kNames, 2) == "mfa_serial");
  CHECK(nearest("mfa-serial", kNames, 2) == "mfa_serial");
  CHECK(nearest("fma_serial", kNames, 1) == "mfa_serial");
  CHECK(nearest("regoin", kNames, 1) == "region");
  CHECK(nearest("rolearn", kNames, 2) == "role_arn");
  CHECK(nearest("output", kNames, 2).empty());
  CHECK(nearest("", kNames, 2).empty());
  CHECK(nearest("x", {}, 2).empty());
}

}  // namespace touchsts::codec
