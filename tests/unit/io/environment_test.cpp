#include "io/environment.h"

#include <doctest/doctest.h>

namespace touchsts::io {

TEST_CASE("variables are found by their whole name") {
  char region[] = "AWS_REGION=eu-west-1";
  char longer[] = "AWS_REGION_X=no";
  char empty[] = "AWS_PROFILE=";
  char equals[] = "POLICY=a=b";
  char no_value[] = "AWS";
  char* block[] = {longer, no_value, region, empty, equals, nullptr};
  const Environment environment{block, {{"AWS_PROFILE_2", "made up"}, {"POLICY_2", ""}}};
  CHECK(environment.get("AWS_REGION") == "eu-west-1");
  CHECK(environment.get("POLICY") == "a=b");
  CHECK(environment.get("AWS_PROFILE_2") == "made up");
  CHECK(environment.has("AWS_PROFILE"));
  CHECK(environment.get("AWS_PROFILE").empty());
  for (const std::string_view absent : {"AWS", "AWS_REGIO", "AWS_REGION=", "REGION", "X", ""}) {
    CAPTURE(absent);
    CHECK_FALSE(environment.has(absent));
  }
}

TEST_CASE("without a block only made-up variables count") {
  CHECK_FALSE(Environment{}.has("HOME"));
  CHECK(Environment{nullptr, {{"HOME", "/home/x"}}}.get("HOME") == "/home/x");
}

TEST_CASE("the first of two variables of one name wins, as with getenv") {
  char first[] = "A=1";
  char second[] = "A=2";
  char* block[] = {first, second, nullptr};
  CHECK(Environment{block, {}}.get("A") == "1");
}

}  // namespace touchsts::io
