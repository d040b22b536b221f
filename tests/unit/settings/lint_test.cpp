#include "settings/lint.h"

#include <doctest/doctest.h>

#include "fake/fake_world.h"

namespace touchsts::settings {
namespace {

std::string findings(fake::FakeWorld& world) {
  std::string text;
  for (const auto& finding : lint(*look_around(world.world, ""), "")) {
    text +=
        std::format("{}|{}|{}\n", finding.weight == Finding::Weight::error ? "E" : "W", finding.where, finding.text);
  }
  return text;
}

}  // namespace

TEST_CASE("a sound configuration has no findings") {
  fake::FakeWorld world;
  world.programs.installed = {"/usr/bin/touchsts"};
  world.config(
      "[profile "
      "x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nmfa_serial=arn:aws:iam::123456789012:mfa/"
      "ada\nregion=us-east-1\n"
      "[profile cli]\ncredential_process=/usr/bin/touchsts credential-process --profile x\n");
  world.credentials("[base]\naws_access_key_id=AKIA\naws_secret_access_key=s\n");
  CHECK(findings(world).empty());
}

TEST_CASE(
    "a device with an unusual name is a warning where the service decides, and an error where AWS would refuse it") {
  const std::string role = "[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nmfa_serial=";
  struct Case {
    std::string_view serial, at_aws, elsewhere;
  };
  static constexpr Case kCases[] = {
      {"arn:MyMFA1",
       "E|profile x|mfa_serial 'arn:MyMFA1' is not the ARN",
       "W|profile x|mfa_serial 'arn:MyMFA1': it is"},
      {"MyMFA1", "E|profile x|mfa_serial 'MyMFA1' is neither", "W|profile x|mfa_serial 'MyMFA1': it is neither"},
      {"MyMFA1234", "W|profile x|mfa_serial 'MyMFA1234': it is neither", "W|profile x|mfa_serial 'MyMFA1234'"},
      {"arn:aws:iam:::mfa/ada", "E|profile x|", "W|profile x|mfa_serial 'arn:aws:iam:::mfa/ada': it is not the ARN"},
      {"arn:aws-cn:iam::123456789012:mfa/ada",
       "W|profile x|mfa_serial is of partition aws-cn, but the role of aws",
       "W|"},
      {"GAHT12345678", "", ""},
      {"123456789", "", ""},
  };
  for (const auto& [serial, at_aws, elsewhere] : kCases) {
    CAPTURE(serial);
    fake::FakeWorld world;
    world.credentials("[base]\naws_access_key_id=AKIA\naws_secret_access_key=s\n");
    const auto is = [&world](std::string_view wanted) {
      const std::string found = findings(world);
      return wanted.empty() ? found.empty() : found.starts_with(wanted) && found.find('\n') + 1 == found.size();
    };
    world.config(role + std::string(serial) + "\n");
    CHECK(is(at_aws));
    world.own("allowed_endpoints = [\"https://rgw.example\"]\n");
    world.config(role + std::string(serial) + "\nendpoint_url=https://rgw.example\n");
    CHECK(is(elsewhere));
  }
}

TEST_CASE("each fault is found") {
  struct Case {
    std::string_view config, expected;
  };
  static constexpr Case kCases[] = {
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=x\n", "E|profile x|"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\n",
       "E|profile x|profile x has role_arn but no source_profile"},
      {"[profile x]\nsource_profile=base\n", "E|profile x|it has source_profile but no role_arn"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\ncredential_process=/p\n",
       "W|profile x|it has role_arn and credential_process"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nduration_seconds=900\n",
       "W|profile x|duration_seconds 900 is short"},
      {"[profile x]\nrole_arn=arn:aws-cn:iam::123456789012:role/x\nsource_profile=base\nregion=us-east-1\n",
       "E|profile x|role_arn is of partition aws-cn, but region us-east-1 belongs to aws"},
      {"[profile x]\nrole_arn=arn:aws-xx:iam::123456789012:role/x\nsource_profile=base\n", "unknown partition"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nmfa_serial=ada\n", "E|profile x|"},
      {"[profile x]\ncredential_process=touchsts credential-process --profile y\n",
       "W|profile x|credential_process does not start with an absolute path"},
      {"[profile x]\ncredential_process=/bin/touchsts credential-process --profile $P\n", "only a shell understands"},
      {"[profile x]\ncredential_process=/bin/touchsts credential-process --profile x\n", "for this very profile"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=m\n[profile "
       "m]\naws_access_key_id=A\naws_secret_access_key=s\nmfa_serial=arn:aws:iam::123456789012:mfa/ada\n",
       "W|profile x|mfa_serial of its source profile m is not inherited"},
  };
  for (const auto& [config, expected] : kCases) {
    fake::FakeWorld world;
    world.config(std::string(config));
    world.credentials("[base]\naws_access_key_id=AKIA\naws_secret_access_key=s\n");
    CAPTURE(config);
    CAPTURE(findings(world));
    CHECK(findings(world).contains(expected));
  }
}

TEST_CASE("commands that cannot be run and values that are empty are found, with their lines") {
  struct Case {
    std::string_view config, own, expected;
  };
  static constexpr Case kCases[] = {
      {"[profile x]\nmfa_process = /bin/code 'ops\n",
       "",
       "E|profile x|mfa_process in /home/ada/.aws/config line 2: the command has an open quote"},
      {"[profile x]\ntouch_command = nothing --here\n",
       "",
       "E|profile x|touch_command in /home/ada/.aws/config line 2: there is no program nothing in PATH"},
      {"[profile x]\nregion = us-east-1\npinentry = /no/pinentry\n",
       "",
       "E|profile x|pinentry in /home/ada/.aws/config line 3: there is no executable file /no/pinentry"},
      {"[profile x]\nmfa_process = ~/code\n", "", "there is no executable file ~/code"},
      {"[profile x]\ncredential_process = /no/helper --json\n",
       "",
       "E|profile x|credential_process in /home/ada/.aws/config line 2: there is no executable file /no/helper"},
      {"[profile x]\ncredential_process = helper \"a\n",
       "",
       "E|profile x|credential_process in /home/ada/.aws/config line 2: the command has an open quote"},
      {"[profile x]\ncredential_process = helper | jq .\n", "", ""},
      {"[profile x]\nmfa_process = \"/bin/code\" ops\n", "", ""},
      {"[profile x]\nregion =\n", "", "E|profile x|region in /home/ada/.aws/config line 2 is empty"},
      {"[profile x]\nrole_arn =\n", "", "W|profile x|role_arn in /home/ada/.aws/config line 2 is empty"},
      {"[profile x]\nother =\ns3 =\n  a = b\n", "", ""},
      {"",
       "[defaults]\nregion = \"\"\n",
       "E|/home/ada/.config/touchsts/config.toml|region in /home/ada/.config/touchsts/config.toml line 2 is empty"},
      {"",
       "[profile.y]\nmfa_process = \"/no/code\"\n",
       "E|profile y|mfa_process in /home/ada/.config/touchsts/config.toml line 2: there is no executable file"},
      {"", "[profile.y]\npolicy_arns = []\n", ""},
  };
  for (const auto& [config, own, expected] : kCases) {
    fake::FakeWorld world;
    world.programs.installed = {"/bin/code"};
    world.config(std::string(config));
    world.own(std::string(own));
    CAPTURE(config);
    CAPTURE(own);
    const std::string found = findings(world);
    CAPTURE(found);
    CHECK((expected.empty() ? found.empty() : found.contains(expected)));
  }
}

TEST_CASE("files that cannot be read are findings, and profiles are not judged without them") {
  fake::FakeWorld world;
  world.config("[profile x\n");
  world.credentials("[base]\naws_access_key_id=AKIA\naws_secret_access_key=s\nmfa_serial=x\n");
  world.own("[profile.y]\nrole_arn = \"arn:aws:iam::123456789012:role/y\"\nsource_profile = \"x\"\n");
  const auto found = lint(look_past_faults(world.world, ""), "");
  REQUIRE(found.size() == 1);
  CHECK(found.front().where == "/home/ada/.aws/config");
  CHECK(found.front().text.contains("line 1"));
}

TEST_CASE("permissions that are too wide are found") {
  fake::FakeWorld world;
  world.credentials("");
  world.config("");
  world.files.files["/home/ada/.aws/credentials"].mode = 0644;
  world.files.files["/home/ada/.aws/config"].mode = 0666;
  CHECK(findings(world).contains("W|/home/ada/.aws/credentials|its mode is 0644: it can be read by others"));
  CHECK(findings(world).contains("W|/home/ada/.aws/config|it can be written by others: commands in it are not run"));
}

}  // namespace touchsts::settings
