#include "settings/source_order.h"

#include <string>

#include <doctest/doctest.h>

#include "fake/fake_world.h"
#include "settings/surroundings.h"

namespace touchsts::settings {
namespace {

std::string first_of(const std::string& properties, const std::string& credentials = "") {
  fake::FakeWorld world;
  world.config("[profile x]\n" + properties);
  world.credentials("[x]\n" + credentials);
  const auto around = look_around(world.world, "");
  const SourceKey* const first = first_source(*around->profiles.find("x"), around->paths.credentials);
  return first != nullptr ? std::string(first->key) : "none";
}

}  // namespace

TEST_CASE("of two sources the one comes first that botocore takes") {
  std::string later;
  for (auto source = sources().rbegin(); source != sources().rend(); ++source) {
    const std::string key(source->key);
    CAPTURE(key);
    CHECK(first_of(key + " = v\n") == key);
    later += key + " = v\n";
    CHECK(first_of(later) == key);
  }
  CHECK(later.starts_with("aws_secret_access_key"));
  CHECK(later.ends_with("role_arn = v\n"));
  CHECK(first_of("region = us-east-1\ncredential_process = x\n") == "none");
  CHECK(first_of("sso_session =\nlogin_session = v\n") == "login_session");
  const std::string keys = "aws_access_key_id = v\naws_secret_access_key = v\n";
  CHECK(first_of("login_session = v\n", keys) == "aws_access_key_id");
  CHECK(first_of("sso_session = v\nlogin_session = v\n", keys) == "sso_session");
  CHECK(first_of("login_session = v\n", "aws_secret_access_key = v\n") == "login_session");
}

}  // namespace touchsts::settings
