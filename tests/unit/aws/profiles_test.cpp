#include "aws/profiles.h"

#include <doctest/doctest.h>

namespace touchsts::aws {
namespace {

Profiles merged(std::string_view config, std::string_view credentials) {
  Profiles all;
  all.add_config(*read_shared_file("config", Secret(config)));
  all.add_credentials(*read_shared_file("credentials", Secret(credentials)));
  return all;
}

}  // namespace

TEST_CASE("which sections count in which file") {
  const auto all = merged(
      "[default]\na=1\n[profile x]\na=2\n[foo]\na=3\n[profilefoo]\na=4\n[profile\tt]\na=5\n[profile \"q r\"]\na=6\n"
      "[profile in valid]\na=7\n[sso-session s]\na=8\n[services v]\na=9\n[profile x/y@z]\na=10\n",
      "[x]\nb=1\n[profile p]\nb=2\n[default]\nb=3\n[w q]\nb=4\n");
  std::string names;
  for (const auto& name : all.names()) {
    names += name + ",";
  }
  CHECK(names == "default,q r,t,w q,x,x/y@z,");
  CHECK(all.find("x")->text("a") == "2");
  CHECK(all.find("x")->text("b") == "1");
  CHECK(all.find("s", Profiles::Kind::sso_session) != nullptr);
  CHECK(all.find("v", Profiles::Kind::services) != nullptr);
}

TEST_CASE("[profile default] replaces [default] as a whole, in either order") {
  for (const std::string_view config :
       {"[default]\na=1\nb=2\n[profile default]\na=3\n", "[profile default]\na=3\n[default]\na=1\nb=2\n"}) {
    const auto all = merged(config, "");
    CHECK(all.find("default")->text("a") == "3");
    CHECK_FALSE(all.find("default")->has("b"));
  }
}

TEST_CASE("the same section merges, the last value wins, the credentials file wins over the config file") {
  const auto all = merged("[profile x]\na=1\nb=1\n[profile x]\nb=2\nc=2\n", "[x]\nc=3\naws_secret_access_key=s\n");
  CHECK(all.find("x")->text("a") == "1");
  CHECK(all.find("x")->text("b") == "2");
  CHECK(all.find("x")->text("c") == "3");
  CHECK(all.find("x")->find("c")->place.text() == "credentials line 2");
  CHECK(all.find("x")->text("aws_secret_access_key").empty());
  CHECK(all.find("x")->find("aws_secret_access_key")->secret.reveal_text() == "s");
}

}  // namespace touchsts::aws
