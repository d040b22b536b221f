#include "settings/lint.h"

#include <doctest/doctest.h>

#include "fake/fake_world.h"

namespace touchsts::settings {
namespace {

std::string findings(fake::FakeWorld& world, const std::string& only = "") {
  std::string text;
  for (const auto& finding : lint(*look_around(world.world, ""), only)) {
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
      {"[profile x]\noutput=json\nregion=eu-west-1\nRegion=us-east-1\n",
       "line 4|region stands there again, after line 3"},
      {"\xEF\xBB\xBF[profile x]\noutput=json\n", "line 1|the file begins with a byte order mark"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=x\n", "E|profile x|"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\n", "E|profile x|it has role_arn but no source_profile"},
      {"[profile x]\nsource_profile=base\n", "W|profile x|it has source_profile but no role_arn"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\ncredential_process=/p\n",
       "W|profile x|it has role_arn and credential_process"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nduration_seconds=900\n",
       "W|profile x|duration_seconds 900 is short"},
      {"[profile x]\nrole_arn=arn:aws-cn:iam::123456789012:role/x\nsource_profile=base\nregion=us-east-1\n",
       "E|profile x|role_arn is of partition aws-cn, but region us-east-1 belongs to aws"},
      {"[profile x]\nrole_arn=arn:aws-xx:iam::123456789012:role/x\nsource_profile=base\n", "unknown partition"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nmfa_serial=ada\n", "E|profile x|"},
      {"[profile x]\naws_access_key_id=A\naws_secret_access_key=s\ncredential_process=/p\n",
       "W|profile x|it has access keys and credential_process: the AWS CLI and boto3 run the process, other SDKs take "
       "the "
       "keys"},
      {"[profile x]\naws_access_key_id=A\naws_secret_access_key=s\nsso_session=s\n",
       "W|profile x|it has sso_session and access keys: the AWS CLI and boto3 take IAM Identity Center (SSO), other "
       "SDKs "
       "the keys"},
      {"[profile x]\nrole_arn=arn:aws:iam::123456789012:role/x\nsource_profile=base\nweb_identity_token_file=/t\n",
       "W|profile x|it has web_identity_token_file and source_profile: AWS's SDKs do not agree which the role comes "
       "by"},
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
      {"[profile x]\nmfa_process = ~/code\n", "", "there is no executable file /home/ada/code"},
      {"[profile x]\nmfa_process = ~/bin/code ops\n", "", ""},
      {"[profile x]\npinentry = /opt/pin entry\n", "", ""},
      {"[profile x]\ntouch_command = ./note\n",
       "",
       "E|profile x|touch_command in /home/ada/.aws/config line 2 is not run: './note' depends on the current "
       "folder\n"},
      {"[profile x]\ncredential_process = /no/helper --json\n",
       "",
       "E|profile x|credential_process in /home/ada/.aws/config line 2: there is no executable file /no/helper"},
      {"[profile x]\ncredential_process = helper \"a\n",
       "",
       "E|profile x|credential_process in /home/ada/.aws/config line 2: the command has an open quote"},
      {"[profile x]\ncredential_process = helper | jq .\n",
       "",
       "W|profile x|touchsts does not take another program's credential_process as a source (credential_process)\n"},
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
    world.programs.installed = {"/bin/code", "/home/ada/bin/code", "/opt/pin entry"};
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

TEST_CASE("each fault is told once, where it is") {
  fake::FakeWorld world;
  const std::string role = "role_arn=arn:aws:iam::123456789012:role/x\n";
  world.credentials("[good]\naws_access_key_id=AKIA\naws_secret_access_key=s\n");
  SUBCASE("of a source profile") {
    world.config("[profile a]\n" + role + "source_profile=half\n[profile b]\n" + role +
                 "source_profile=a\n[profile c]\n" + role +
                 "source_profile=half\n[profile half]\naws_access_key_id=A\n");
    CHECK(findings(world) == "E|/home/ada/.aws/config line 10|[profile half] has aws_access_key_id alone\n");
  }
  SUBCASE("a region in capitals") {
    world.config("[profile a]\n" + role + "source_profile=good\nregion=US-EAST-1\n");
    CHECK(findings(world) == "E|profile a|'US-EAST-1' is not a region of AWS\n");
  }
  SUBCASE("a duration that is refused") {
    world.config("[profile a]\n" + role + "source_profile=good\nduration_seconds=60\n");
    const std::string found = findings(world);
    CHECK(found.starts_with("E|profile a|"));
    CHECK(found.find('\n') + 1 == found.size());
  }
}

TEST_CASE("settings that stop only who uses them are told, those of the environment once") {
  fake::FakeWorld world;
  const std::string role = "role_arn=arn:aws:iam::123456789012:role/x\nsource_profile=good\n";
  world.credentials("[good]\naws_access_key_id=AKIA\naws_secret_access_key=s\n");
  world.config("[profile a]\n" + role + "sts_regional_endpoints=both\nmax_attempts=many\n[profile b]\n" + role);
  CHECK(findings(world) ==
        "E|profile a|max_attempts 'many' is not a number from 1 on\n"
        "E|profile a|sts_regional_endpoints 'both' is neither legacy nor regional\n");
  world.environment.variables["AWS_MAX_ATTEMPTS"] = "x";
  world.environment.variables["AWS_STS_REGIONAL_ENDPOINTS"] = "y";
  CHECK(findings(world) ==
        "E|environment|AWS_MAX_ATTEMPTS 'x' is not a number from 1 on\n"
        "E|environment|AWS_STS_REGIONAL_ENDPOINTS 'y' is neither legacy nor regional\n");
}

TEST_CASE("profiles that other programs get credentials by are told") {
  fake::FakeWorld world;
  world.programs.installed = {"/bin/other"};
  world.config(
      "[profile a]\nsso_session=s\n[profile b]\nsso_start_url=u\nsso_account_id=1\n[profile c]\nlogin_session=l\n"
      "[profile d]\nweb_identity_token_file=/t\n[profile e]\ncredential_process=/bin/other\n[profile "
      "f]\nregion=eu-west-1\n");
  CHECK(findings(world) ==
        "W|profile a|touchsts does not take IAM Identity Center (SSO) as a source (sso_session)\n"
        "W|profile b|touchsts does not take IAM Identity Center (SSO) as a source (sso_start_url)\n"
        "W|profile c|touchsts does not take console log-in sessions as a source (login_session)\n"
        "W|profile d|touchsts does not take web identity tokens as a source (web_identity_token_file)\n"
        "W|profile e|touchsts does not take another program's credential_process as a source (credential_process)\n");
}

TEST_CASE("keys of one profile are checked with it, also those that are called otherwise elsewhere") {
  fake::FakeWorld world;
  world.config("[profile a]\naws_secret_key=s\naws_access_key=i\n[profile b]\nmfa-serial=x\n[profile c]\n[dev]\n");
  CHECK(findings(world, "a") ==
        "W|/home/ada/.aws/config line 2|unknown key aws_secret_key\nW|/home/ada/.aws/config line 3|unknown key "
        "aws_access_key\n");
  CHECK(findings(world, "b") == "W|/home/ada/.aws/config line 5|unknown key mfa-serial\n");
  CHECK(findings(world, "c").empty());
  CHECK(findings(world, "dev") ==
        "W|/home/ada/.aws/config line 7|[dev] does not count\nE|dev|there is no such profile\n");
  for (const auto& finding : lint(*look_around(world.world, ""), "a")) {
    CHECK(finding.hint.starts_with("did you mean aws_"));
  }
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
