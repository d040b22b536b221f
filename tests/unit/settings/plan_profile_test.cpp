#include "settings/plan_profile.h"

#include <doctest/doctest.h>

#include "fake/fake_world.h"
#include "settings/network.h"

namespace touchsts::settings {
namespace {

constexpr std::string_view kKeys = "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = secret\n";
constexpr std::string_view kMfa = "mfa_serial = arn:aws:iam::123456789012:mfa/ada\n";

std::string role(std::string_view name, std::string_view source, std::string_view more = "") {
  return std::format(
      "[profile {0}]\nrole_arn = arn:aws:iam::123456789012:role/{0}\nsource_profile = {1}\n{2}\n", name, source, more);
}

// A plan in one line: "keys session role:ops".
std::string steps(const Result<Prepared>& prepared) {
  if (!prepared) {
    return "error: " + prepared.error().text;
  }
  std::string text;
  for (const auto& step : prepared->plan.steps) {
    text += text.empty() ? "" : " ";
    if (const auto* const keys = std::get_if<issue::LongTermKeys>(&step)) {
      text += keys->profile.empty() ? "env" : "keys:" + keys->profile;
    } else if (const auto* const session = std::get_if<issue::SessionToken>(&step)) {
      text += session->mfa ? "session+mfa" : "session";
    } else if (const auto* const assume = std::get_if<issue::AssumeRole>(&step)) {
      text += assume->request.role_arn.substr(assume->request.role_arn.rfind('/')) + (assume->mfa ? "+mfa" : "");
    } else if (const auto* const saml = std::get_if<issue::SamlRole>(&step)) {
      text += "saml:" + saml->username + (saml->role_arn.empty() ? "" : ":" + saml->role_arn);
    }
  }
  return text;
}

struct Setup {
  fake::FakeWorld world;
  ProfileRequest request{
      .profile = "x", .named = true, .flags = {}, .endpoint_url = {}, .least_life = {}, .question = {}};

  Setup(std::string config, std::string credentials = std::string(kKeys)) {
    world.config(std::move(config));
    world.credentials(std::move(credentials));
  }
  void flag(std::string key, std::string value) {
    request.flags.values[key] = {.text = std::move(value), .secret = {}, .sub = {}, .place = {"a flag", 0}};
  }
  Result<Prepared> prepared() {
    const auto around = look_around(world.world, "");
    return around ? prepare(*around, request) : std::unexpected(around.error());
  }
  std::string plan() { return steps(prepared()); }
};

}  // namespace

TEST_CASE("a log-in stands where keys would") {
  const std::string corp =
      "[profile corp]\nsaml_endpoint = https://idp.example/x\nsaml_username = ada\nsaml_role_arn = "
      "dev\nduration_seconds = 7200\n";
  Setup chained(corp + role("x", "corp"));
  CHECK(chained.plan() == "saml:ada:dev /x");
  CHECK(std::get_if<issue::SamlRole>(&chained.prepared()->plan.steps[0])->duration == Seconds(7200));
  CHECK(Setup(corp + role("x", "corp", kMfa)).plan() ==
        "error: an MFA code needs long-term keys, but the role comes after a log-in by SAML");
  CHECK(Setup(corp + role("x", "corp", "duration_seconds = 7200"))
            .plan()
            .starts_with("error: profile x: duration_seconds 7200 is too long"));
  const std::string own = "[profile x]\nsaml_endpoint = https://idp.example/x\nsaml_username = ada\n";
  CHECK(Setup(own).plan() == "saml:ada");
  CHECK(Setup(own + "role_arn = arn:aws:iam::123456789012:role/y\n").plan() == "saml:ada /y");
  CHECK(Setup(own + "saml_provider = browser\n").plan() == "saml:ada");
  Setup flagged("[profile y]\n");
  flagged.request.named = false;
  flagged.world.environment = io::Environment{
      .block = nullptr, .variables = {{"AWS_ACCESS_KEY_ID", "AKIAENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}}};
  flagged.flag("saml_endpoint", "https://idp.example");
  flagged.flag("saml_username", "eve");
  CHECK(flagged.plan() == "saml:eve");
  flagged.flag("role_arn", "arn:aws:iam::123456789012:role/z");
  CHECK(flagged.plan() == "saml:eve /z");
  const std::pair<std::string_view, std::string_view> kWrong[] = {
      {"saml_endpoint = http://idp.example\nsaml_username = a\n", "saml_endpoint http://idp.example is not https"},
      {"saml_endpoint = idp\nsaml_username = a\n", "saml_endpoint: 'idp' is not an http or https URL"},
      {"saml_endpoint = htps://ada:hunter2@idp\nsaml_username = a\n", "saml_endpoint: 'htps://ada:...' is not an"},
      {"saml_endpoint = https://u:p@idp\nsaml_username = a\n", "saml_endpoint: "},
      {"saml_endpoint = https://idp\n", "saml_username is missing"},
      {"saml_username = a\n", "profile x has no saml_endpoint"},
      {"saml_endpoint = https://idp\nsaml_username = a\nsaml_provider = ping\n", "saml_provider 'ping' is not known"},
      {"saml_endpoint = https://idp\nsaml_username = a\nsaml_role_arn = arn:aws:iam::123456789012:user/a\n",
       "is not the ARN of a role"},
      {"saml_endpoint = https://idp\nsaml_username = a\nduration_seconds = 60\n", "duration_seconds 60 is not between"},
  };
  for (const auto& [keys, text] : kWrong) {
    CHECK_MESSAGE(Setup("[profile x]\n" + std::string(keys)).plan().contains(text), keys);
  }
}

TEST_CASE("saml_origins: the endpoint's own, and those that are named") {
  const std::string corp = "[profile x]\nsaml_endpoint = https://IdP.example:443/x\nsaml_username = ada\n";
  const auto origins = [&corp](const std::string& keys) {
    const auto prepared = Setup(corp + keys).prepared();
    if (!prepared) {
      return prepared.error().text;
    }
    std::string all;
    for (const auto& origin : std::get_if<issue::SamlRole>(&prepared->plan.steps[0])->origins) {
      all += codec::to_text(origin) + " ";
    }
    return all;
  };
  CHECK(origins("") == "https://idp.example ");
  CHECK(origins("saml_origins = https://LOGIN.example, https://mfa.example:8443/\n") ==
        "https://idp.example https://login.example https://mfa.example:8443 ");
  CHECK(origins("saml_origins = [\"https://login.example\", \"https://b.example:443\"]\n") ==
        "https://idp.example https://login.example https://b.example ");
  CHECK(origins("saml_origins = http://login.example\n").contains("saml_origins: http://login.example is not https"));
  CHECK(origins("saml_origins = http://localhost\n").contains("is not https"));
  CHECK(origins("saml_origins = https//ada:hunter2@b.example\n").contains("saml_origins: 'https//ada:...': "));
  for (const std::string_view bad : {"login.example",
                                     "https://*.example",
                                     "https://a@b.example",
                                     "https://b\xC3\xBC.example",
                                     "https://b.example/path"}) {
    CHECK_MESSAGE(origins("saml_origins = " + std::string(bad) + "\n").contains("saml_origins: '"), bad);
  }
}

TEST_CASE("saml_destination is a place that is reached by https") {
  for (const std::string_view bad : {"http://hub.example/acs", "hub.example", "https://"}) {
    const auto prepared =
        Setup("[profile x]\nsaml_endpoint = https://idp.example/x\nsaml_username = ada\nsaml_destination = " +
              std::string(bad) + "\n")
            .prepared();
    REQUIRE_FALSE(prepared);
    CHECK(prepared.error().fault == Fault::configuration);
    CHECK_MESSAGE(prepared.error().text.contains("saml_destination"), bad);
  }
}

TEST_CASE("profiles become plans") {
  struct Case {
    std::string_view why;
    std::string config, plan;
  };
  const Case cases[] = {
      {"a role with MFA goes by a session", role("x", "base", kMfa), "keys:base session+mfa /x"},
      {"a role without MFA is assumed with the keys", role("x", "base"), "keys:base /x"},
      {"a long role takes the code itself",
       role("x", "base", std::string(kMfa) + "duration_seconds = 7200"),
       "keys:base /x+mfa"},
      {"an hour is not long",
       role("x", "base", std::string(kMfa) + "duration_seconds = 3600"),
       "keys:base session+mfa /x"},
      {"a chain", role("x", "mid") + role("mid", "base", kMfa), "keys:base session+mfa /mid /x"},
      {"MFA named at the end of a chain is used at its root",
       role("x", "mid", kMfa) + role("mid", "base"),
       "keys:base session+mfa /mid /x"},
      {"keys with MFA",
       "[profile x]\naws_access_key_id=AKIA\naws_secret_access_key=s\n" + std::string(kMfa),
       "keys:x session+mfa"},
      {"keys alone", "[profile x]\naws_access_key_id=AKIA\naws_secret_access_key=s\n", "keys:x"},
      {"a profile may name itself when it has keys",
       role("x", "x", "aws_access_key_id=AKIA\naws_secret_access_key=s"),
       "keys:x /x"},
      {"a source with keys ends the chain, its role is not assumed",
       role("x", "mid") + role("mid", "base", "aws_access_key_id=AKIA\naws_secret_access_key=s"),
       "keys:mid /x"},
      {"mfa_serial of a source profile is not inherited",
       role("x", "base") + "[profile base]\n" + std::string(kMfa),
       "keys:base /x"},
  };
  for (const auto& [why, config, plan] : cases) {
    CAPTURE(why);
    CHECK(Setup(config).plan() == plan);
  }
}

TEST_CASE("profiles that do not add up say what to change") {
  struct Case {
    std::string_view why;
    std::string config, part;
  };
  std::string deep;
  for (int i = 0; i < 9; ++i) {
    deep += role(i == 0 ? "x" : "r" + std::to_string(i), i == 8 ? "base" : "r" + std::to_string(i + 1));
  }
  const Case cases[] = {
      {"unknown profile", "", "there is no profile 'x'"},
      {"unknown source", role("x", "nope"), "there is no profile 'nope' (source_profile of x)"},
      {"a loop", role("x", "y") + role("y", "x"), "form a loop"},
      {"itself without keys", role("x", "x"), "names itself"},
      {"too deep", deep, "more than 8 roles"},
      {"neither source", "[profile x]\nrole_arn = arn:aws:iam::123456789012:role/x\n", "no source_profile"},
      {"both sources",
       role("x", "base", "credential_source = Environment"),
       "both source_profile and credential_source"},
      {"credential_source",
       "[profile x]\nrole_arn = arn:aws:iam::123456789012:role/x\ncredential_source = Environment\n",
       "does not take roles by credential_source"},
      {"SSO", "[profile x]\nsso_session = s\n", "IAM Identity Center"},
      {"nested process",
       role("x", "y") + "[profile y]\ncredential_process = z\n",
       "another program's credential_process"},
      {"nothing", "[profile x]\nregion = us-east-1\n", "neither role_arn nor access keys"},
      {"half a key", "[profile x]\naws_access_key_id = AKIA\n", "no aws_secret_access_key"},
      {"bad ARN", "[profile x]\nrole_arn = ops\nsource_profile = base\n", "not the ARN"},
      {"bad serial", role("x", "base", "mfa_serial = ada"), "mfa_serial 'ada'"},
      {"two devices",
       role("x", "y", kMfa) + role("y", "base", "mfa_serial = arn:aws:iam::123456789012:mfa/eve"),
       "different MFA devices"},
      {"long chained role", role("x", "y", "duration_seconds = 7200") + role("y", "base"), "at most 3600 s"},
      {"bad duration", role("x", "base", "duration_seconds = 1h"), "not a number of seconds"},
      {"short duration", role("x", "base", "duration_seconds = 60"), "not between 900 and 43200"},
      {"long min_ttl", role("x", "base", "min_ttl = 1801"), "min_ttl 1801 is not between 60 and 1800"},
      {"short min_ttl", role("x", "base", "min_ttl = 59"), "min_ttl 59 is not between 60 and 1800"},
      {"MFA with temporary keys",
       "[profile x]\naws_access_key_id=ASIA\naws_secret_access_key=s\naws_session_token=t\n" + std::string(kMfa),
       "needs long-term keys"},
      {"long role from temporary keys",
       role("x", "t", "duration_seconds = 7200") +
           "[profile t]\naws_access_key_id=ASIA\naws_secret_access_key=s\naws_session_token=t\n",
       "at most 3600 s"},
      {"broken file", "[profile x\n", "line 1"},
  };
  for (const auto& [why, config, part] : cases) {
    CAPTURE(why);
    const std::string plan = Setup(config).plan();
    CAPTURE(plan);
    CHECK(plan.starts_with("error: "));
    CHECK(plan.contains(part));
  }
}

TEST_CASE("flags come before config.toml, config.toml before AWS's files, its defaults last") {
  Setup one(role("x", "base", "duration_seconds = 1000\nrole_session_name = file\nexternal_id = file"));
  one.world.own(
      "[defaults]\nrole_session_name = \"defaults\"\nsource_identity = \"defaults\"\n[profile.x]\nexternal_id = "
      "\"own\"\nduration_seconds = 2000\n");
  one.flag("duration_seconds", "3000");
  const auto prepared = one.prepared();
  REQUIRE(prepared);
  const auto& request = std::get_if<issue::AssumeRole>(&prepared->plan.steps[1])->request;
  CHECK(request.duration == Seconds(3000));
  CHECK(request.external_id == "own");
  CHECK(request.session_name == "file");
  CHECK(request.source_identity == "defaults");
}

TEST_CASE("a role flag goes on top of the profile") {
  Setup one(role("x", "base", kMfa));
  one.flag("role_arn", "arn:aws:iam::123456789012:role/top");
  CHECK(one.plan() == "keys:base session+mfa /x /top");
  one.request.profile = "base";
  CHECK(one.plan() == "keys:base /top");
  one.flag("mfa_serial", "arn:aws:iam::123456789012:mfa/ada");
  CHECK(one.plan() == "keys:base session+mfa /top");
}

TEST_CASE("keys in the environment count when no profile is named") {
  Setup one("", "");
  one.world.environment.variables = {{"AWS_ACCESS_KEY_ID", "AKIAENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  CHECK(one.plan() == "error: there is no profile 'x'");
  one.request.named = false;
  CHECK(one.plan() == "env");
  one.flag("role_arn", "arn:aws:iam::123456789012:role/top");
  one.flag("mfa_serial", "arn:aws:iam::123456789012:mfa/ada");
  CHECK(one.plan() == "env session+mfa /top");
  one.world.environment.variables["AWS_SESSION_TOKEN"] = "t";
  CHECK(one.plan().contains("needs long-term keys"));
  one.world.environment.variables.erase("AWS_SECRET_ACCESS_KEY");
  CHECK(one.plan().contains("without AWS_SECRET_ACCESS_KEY"));
}

TEST_CASE("all AssumeRole parameters of a profile reach the request") {
  Setup one(role("x",
                 "base",
                 "role_session_name = me\nexternal_id = ex\nsource_identity = si\npolicy = {}\npolicy_arns = "
                 "arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B\n"
                 "tags =\n  team = x\n  cost = y\ntransitive_tag_keys = team\nprovided_contexts =\n  "
                 "arn:aws:iam::aws:contextprovider/c = assertion\n"));
  const auto prepared = one.prepared();
  REQUIRE(prepared);
  const auto& request = std::get_if<issue::AssumeRole>(&prepared->plan.steps[1])->request;
  CHECK(request.policy == "{}");
  CHECK(request.policy_arns.size() == 2);
  CHECK(request.tags == std::vector<aws::Tag>{{"team", "x"}, {"cost", "y"}});
  CHECK(request.transitive_tag_keys == std::vector<std::string>{"team"});
  CHECK(request.contexts == std::vector<aws::ProvidedContext>{{"arn:aws:iam::aws:contextprovider/c", "assertion"}});
}

TEST_CASE("tags and contexts are sent as they are written, in both ways of writing them") {
  for (const std::string_view text : {"tags =\n  Cost Center = a b\n  Team = x=y\nprovided_contexts =\n  "
                                      "arn:aws:iam::aws:contextProvider/IdentityCenter = abcd\n",
                                      "tags = Cost Center=a b, Team=x=y\nprovided_contexts = "
                                      "arn:aws:iam::aws:contextProvider/IdentityCenter=abcd\n"}) {
    Setup one(role("x", "base", text));
    const auto prepared = one.prepared();
    REQUIRE(prepared);
    const auto& request = std::get_if<issue::AssumeRole>(&prepared->plan.steps[1])->request;
    CHECK(request.tags == std::vector<aws::Tag>{{"Cost Center", "a b"}, {"Team", "x=y"}});
    CHECK(request.contexts ==
          std::vector<aws::ProvidedContext>{{"arn:aws:iam::aws:contextProvider/IdentityCenter", "abcd"}});
  }
  CHECK(Setup(role("x", "base", "tags = team\n")).plan() == "error: profile x: tags: 'team' is not NAME=VALUE");
}

TEST_CASE("source profiles that name each other are a loop, also where one has keys") {
  Setup one(
      "[profile a]\naws_access_key_id = A\naws_secret_access_key = s\nrole_arn = "
      "arn:aws:iam::123456789012:role/a\nsource_profile = b\n" +
      role("b", "a", ""));
  one.request.profile = "a";
  CHECK(one.plan() == "error: the source profiles form a loop: a -> b -> a");
}

TEST_CASE("a profile whose section does not count is said to have one") {
  Setup one("[profile Foo Bar]\nregion = us-east-1\n[dev]\n");
  one.request.profile = "Foo Bar";
  CHECK(one.plan() ==
        "error: there is no profile 'Foo Bar': /home/ada/.aws/config line 1: [profile Foo Bar] does not count");
  one.request.profile = "dev";
  CHECK(one.plan() == "error: there is no profile 'dev': /home/ada/.aws/config line 3: [dev] does not count");
  one.request.profile = "Bar";
  CHECK(one.plan() == "error: there is no profile 'Bar'");
}

TEST_CASE("a profile that calls us for another is that profile") {
  const std::string ops = role("x", "base") + role("y", "cli");
  for (const std::string_view line : {"/usr/bin/touchsts credential-process --profile x",
                                      "touchsts process -p x",
                                      "'/my tools/touchsts' credential-process --profile=x",
                                      "touchsts --log-level debug --log-file=/tmp/log credential-process -p x",
                                      "touchsts --no-prompt process --timeout 9 --no-cache --profile x --no-prompt",
                                      "touchsts credential-process --profile x --timeout=9 --renew",
                                      "/usr/bin/env touchsts credential-process --profile x",
                                      "env /opt/touchsts credential-process --profile x"}) {
    Setup one(ops + std::format("[profile cli]\ncredential_process = {}\n", line));
    one.request.profile = "cli";
    CHECK(one.plan() == Setup(ops).plan());
    one.request.profile = "y";  // also below another
    CHECK(one.plan().ends_with("/x /y"));
  }
  const auto refused = [&](std::string_view line) {
    Setup one(ops + std::format("[profile cli]\ncredential_process = {}\n", line));
    one.request.profile = "cli";
    return one.plan();
  };
  CHECK(refused("touchsts credential-process --profile cli").contains("form a loop: cli -> cli"));
  CHECK(refused("touchsts credential-process --profile y").contains("form a loop"));
  CHECK(refused("touchsts credential-process --profile x --role-arn z").contains("options of its own (--role-arn)"));
  CHECK(refused("/bin/other credential-process --profile x").contains("another program's credential_process"));
  CHECK(refused("/bin/env AWS_PROFILE=y touchsts credential-process").contains("another program's"));
  CHECK(refused("touchsts export --profile x").contains("another program's"));
  CHECK(refused("touchsts --config y credential-process --profile x").contains("another program's"));
  CHECK(refused("touchsts credential-process --profile x --token-code 123456").contains("options of its own"));
}

TEST_CASE("commands count only from files that nobody else could have written") {
  const std::string config = role("x", "base", std::string(kMfa) + "mfa_process = code --get");
  Setup trusted(config);
  REQUIRE(trusted.prepared());
  Setup writable(config);
  writable.world.files.files["/home/ada/.aws/config"].mode = 0664;
  CHECK(writable.plan().contains("is not run"));
  Setup foreign(config);
  foreign.world.files.files["/home/ada/.aws/config"].owned = false;
  CHECK(foreign.plan().contains("is not run"));
  Setup elsewhere("");
  elsewhere.world.files.files["/repo/config"].text = config;
  elsewhere.world.environment.variables["AWS_CONFIG_FILE"] = "/repo/config";
  CHECK(elsewhere.plan().contains("is not run"));
}

TEST_CASE("IAM has FIPS and dual-stack endpoints where AWS has them, and is not asked elsewhere instead") {
  const auto host = [](std::string_view partition, std::string_view more, std::string_view variable = "") {
    Setup one(role("x", "base", more));
    if (!variable.empty()) {
      one.world.environment.variables[variable] = variable.contains("URL") ? "https://iam.amazonaws.com" : "true";
    }
    const auto around = look_around(one.world.world, "");
    const auto endpoint = choose_iam_endpoint(*around, ProfileView(*around, "x", nullptr), partition);
    return endpoint ? endpoint->origin.host : "error: " + endpoint.error().text;
  };
  CHECK(host("aws", "") == "iam.amazonaws.com");
  CHECK(host("aws", "use_fips_endpoint = true\n") == "iam-fips.amazonaws.com");
  CHECK(host("aws", "", "AWS_USE_FIPS_ENDPOINT") == "iam-fips.amazonaws.com");
  CHECK(host("aws-us-gov", "use_fips_endpoint = true\n") == "iam.us-gov.amazonaws.com");
  CHECK(host("aws-cn", "use_fips_endpoint = true\n") == "error: IAM has no FIPS endpoint in the partition aws-cn");
  CHECK(host("aws", "use_fips_endpoint = true\n", "AWS_ENDPOINT_URL_IAM") ==
        "error: FIPS endpoints and a custom endpoint (AWS_ENDPOINT_URL_IAM) exclude each other");
  CHECK(host("aws", "use_dualstack_endpoint = true\n") == "iam.global.api.aws");
  CHECK(host("aws", "", "AWS_USE_DUALSTACK_ENDPOINT") == "iam.global.api.aws");
  CHECK(host("aws", "use_dualstack_endpoint = true\n", "AWS_ENDPOINT_URL_IAM") == "iam.amazonaws.com");
}

TEST_CASE("a command does not depend on the current folder") {
  for (const std::string_view key : {"mfa_process", "pinentry", "touch_command"}) {
    const auto planned = [key](std::string_view command) {
      return Setup(role("x", "base", std::string(kMfa) + std::format("{} = {}\n", key, command))).plan();
    };
    for (const std::string_view relative : {"./code", "bin/code", "../code", "~other/code"}) {
      CAPTURE(relative);
      CHECK(planned(relative) ==
            std::format("error: {} in /home/ada/.aws/config line 5 is not run: '{}' depends on the "
                        "current folder",
                        key,
                        relative));
    }
    for (const std::string_view good : {"/bin/code", "code", "~/code"}) {
      CAPTURE(good);
      CHECK_FALSE(planned(good).starts_with("error"));
    }
  }
  CHECK(
      Setup(role("x", "base", std::string(kMfa) + "mfa_process = './my code' --get\n")).plan().contains("is not run"));
  CHECK(Setup(role("x", "base", std::string(kMfa) + "mfa_process = '~/my code'\n")).plan().contains("is not run"));
}

TEST_CASE("a key that only looks like one stops the run") {
  for (const std::string_view name : {"\u200bmfa_serial",
                                      "mfa_serial\u200b",
                                      "mfa\u00ad_serial",
                                      "\ufeffmfa_serial",
                                      "mfa_\u0455erial",
                                      "\"mfa_serial\"",
                                      "mfa _serial",
                                      "MFA_\u200bSerial"}) {
    CAPTURE(name);
    Setup one(role("x", "base", std::format("{} = arn:aws:iam::123456789012:mfa/ada\n", name)));
    CHECK(one.plan().contains("the name before '=' looks like mfa_serial, but has other characters in it"));
  }
  // What AWS's programs skip, and is nothing of ours.
  for (const std::string_view name :
       {"caf\u00e9", "export AWS_REGION", "my key", "\u200b", "mfa_serial_of_ada\u200b"}) {
    CAPTURE(name);
    CHECK_FALSE(Setup(role("x", "base", std::format("{} = y\n", name))).plan().starts_with("error"));
  }
  // Sections that are not used are not looked at.
  CHECK_FALSE(Setup(role("x", "base") + role("y", "base", "\u200bmfa_serial = z\n")).plan().starts_with("error"));
  Setup credentials(role("x", "base"));
  credentials.world.credentials("[base]\naws_access_key_id=A\naws_secret_access_key=s\naws_session\u200b_token=t\n");
  CHECK(credentials.plan().contains("credentials line 4: the name before '=' looks like aws_session_token"));
}

TEST_CASE("where the endpoint comes from, in AWS's order") {
  Setup one(role("x", "base", "region = eu-west-1\nservices = s\nendpoint_url = https://profile.example\n") +
            "[services s]\nsts =\n  endpoint_url = https://services.example\n");
  one.world.own(
      "allowed_endpoints = [\"https://flag.example\", \"https://sts.example\", \"https://all.example\", "
      "\"https://services.example\", \"https://profile.example\"]\n");
  const auto host = [&] {
    const auto prepared = one.prepared();
    return prepared ? prepared->plan.endpoint.origin.host : prepared.error().text;
  };
  one.request.endpoint_url = "https://flag.example";
  one.world.environment.variables = {{"AWS_ENDPOINT_URL_STS", "https://sts.example"},
                                     {"AWS_ENDPOINT_URL", "https://all.example"}};
  CHECK(host() == "flag.example");
  one.request.endpoint_url.clear();
  CHECK(host() == "sts.example");
  one.world.environment.variables.erase("AWS_ENDPOINT_URL_STS");
  CHECK(host() == "all.example");
  one.world.environment.variables.erase("AWS_ENDPOINT_URL");
  CHECK(host() == "services.example");
  one.world.config(role("x", "base", "region = eu-west-1\nendpoint_url = https://profile.example\n"));
  CHECK(host() == "profile.example");
  one.world.environment.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  CHECK(host() == "sts.eu-west-1.amazonaws.com");
  one.world.environment.variables = {{"AWS_ENDPOINT_URL", "https://evil.example"}};
  CHECK(host().contains("is not one of AWS's"));
}

TEST_CASE("regions and modes from the environment come before the profile's") {
  Setup one(role("x", "base", "region = eu-west-1\nsts_regional_endpoints = legacy\n"));
  const auto endpoint = [&] {
    const auto prepared = one.prepared();
    return prepared ? prepared->plan.endpoint.origin.host + " " + prepared->plan.endpoint.signing_region
                    : prepared.error().text;
  };
  CHECK(endpoint() == "sts.amazonaws.com us-east-1");
  one.world.environment.variables["AWS_STS_REGIONAL_ENDPOINTS"] = "regional";
  CHECK(endpoint() == "sts.eu-west-1.amazonaws.com eu-west-1");
  one.world.environment.variables["AWS_DEFAULT_REGION"] = "eu-west-2";
  CHECK(endpoint() == "sts.eu-west-2.amazonaws.com eu-west-2");
  one.world.environment.variables["AWS_REGION"] = "eu-west-3";
  CHECK(endpoint() == "sts.eu-west-3.amazonaws.com eu-west-3");
  one.request.flags.values["region"] = {
      .text = "sa-east-1", .secret = {}, .sub = {}, .place = {std::string(kRegionFlag), 0}};
  CHECK(endpoint() == "sts.sa-east-1.amazonaws.com sa-east-1");
  one.world.environment.variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  CHECK(endpoint() == "sts-fips.sa-east-1.amazonaws.com sa-east-1");
  // What a cached answer does not need may be wrong.
  one.world.environment.variables["AWS_STS_REGIONAL_ENDPOINTS"] = "sometimes";
  CHECK(endpoint() == "sts-fips.sa-east-1.amazonaws.com sa-east-1");
  REQUIRE(one.prepared()->network.unusable);
  CHECK(one.prepared()->network.unusable->text ==
        "AWS_STS_REGIONAL_ENDPOINTS 'sometimes' is neither legacy nor regional");
}

TEST_CASE("NO_PROXY in all its shapes") {
  const codec::Origin sts{"https", "sts.us-east-1.amazonaws.com", 443};
  for (const char* const list : {"*",
                                 "sts.us-east-1.amazonaws.com",
                                 "amazonaws.com",
                                 ".amazonaws.com",
                                 "*.amazonaws.com",
                                 "x, amazonaws.com",
                                 "sts.us-east-1.amazonaws.com:443",
                                 "sts.us-east-1.amazonaws.com.",
                                 "amazonaws.com.",
                                 "sts.us-east-1.amazonaws.com.:443",
                                 "x amazonaws.com",
                                 "x\tamazonaws.com y"}) {
    CAPTURE(list);
    CHECK(bypasses_proxy(list, sts));
  }
  for (const char* const list : {"",
                                 "zonaws.com",
                                 "sts.us-east-1.amazonaws.com:8443",
                                 "us-east-1.amazonaws.com.evil",
                                 "10.0.0.0/8",
                                 ".",
                                 "*.",
                                 "..",
                                 "[",
                                 "[]:443"}) {
    CAPTURE(list);
    CHECK_FALSE(bypasses_proxy(list, sts));
  }
  CHECK(bypasses_proxy("", {"https", "localhost", 443}));
  CHECK(bypasses_proxy("", {"http", "127.0.0.2", 80}));
  CHECK(bypasses_proxy("10.0.0.0/8", {"https", "10.1.2.3", 443}));
  CHECK_FALSE(bypasses_proxy("10.0.0.0/8", {"https", "11.1.2.3", 443}));
  CHECK(bypasses_proxy("fd00::/8", {"https", "fd12::1", 443}));
  for (const char* const entry : {"[fd12::1]:443", "[fd12::1]", "[FD12:0::1]:443", "fd12::1", "[fd00::/8]:443"}) {
    CAPTURE(entry);
    CHECK(bypasses_proxy(entry, {"https", "fd12::1", 443}));
  }
  for (const char* const entry : {"[fd12::1]:8443", "[fd12::2]:443", "[fd12::1]443", "[fd12::1]:", "[fd12::1"}) {
    CAPTURE(entry);
    CHECK_FALSE(bypasses_proxy(entry, {"https", "fd12::1", 443}));
  }
  CHECK(bypasses_proxy("amazonaws.com", {"https", "sts.us-east-1.amazonaws.com.", 443}));
  CHECK_FALSE(bypasses_proxy("10.0.0.0/33", {"https", "10.1.2.3", 443}));
  for (const std::string_view entry :
       {".AMAZONAWS.COM", "AmazonAWS.com", "*.amazonAWS.com", "STS.US-EAST-1.AMAZONAWS.COM:443"}) {
    CHECK(bypasses_proxy(entry, {"https", "sts.us-east-1.amazonaws.com", 443}));
  }
}

TEST_CASE("CA bundles, proxies and attempts") {
  Setup one(role("x", "base", "ca_bundle = ~/ca.pem\nmax_attempts = 5\n"));
  one.world.environment.variables = {{"HTTPS_PROXY", "proxy.corp:3128"}};
  auto prepared = one.prepared();
  REQUIRE(prepared);
  CHECK(prepared->network.ca_bundle == "/home/ada/ca.pem");
  CHECK(prepared->network.proxy_url == "http://proxy.corp:3128");
  CHECK(prepared->attempts == 5);
  one.world.environment.variables = {{"AWS_CA_BUNDLE", "/etc/ca.pem"}, {"AWS_MAX_ATTEMPTS", "1"}};
  prepared = one.prepared();
  CHECK(prepared->network.ca_bundle == "/etc/ca.pem");
  CHECK(prepared->network.proxy_url.empty());
  CHECK(prepared->attempts == 1);
  // What is no good is told by those who want to use it: a cached answer does not.
  const auto unusable = [&] {
    prepared = one.prepared();
    REQUIRE(prepared);
    return prepared->network.unusable ? prepared->network.unusable->text : "";
  };
  one.world.environment.variables = {{"AWS_CA_BUNDLE", ""}};
  CHECK(unusable().contains("set but empty"));
  one.world.environment.variables = {{"https_proxy", "http://a b"}};
  CHECK(unusable().contains("https_proxy"));
  for (const std::string number : {"0", "-1", "x", "1.5", "+", "++1", "+-1", ""}) {
    one.world.environment.variables = {{"AWS_MAX_ATTEMPTS", number}};
    CHECK(unusable().contains("is not a number from 1 on") == !number.empty());
  }
  for (const std::string number :
       {"11", "20", "+20", " +20 ", "2147483648", "99999999999999999999", "+99999999999999999999"}) {
    one.world.environment.variables = {{"AWS_MAX_ATTEMPTS", number}};
    CHECK(unusable().empty());
    CHECK(prepared->attempts == 10);
  }
}

TEST_CASE("paths follow HOME, XDG and AWS's variables") {
  io::Environment environment;
  const io::SystemFacts facts{.home = "/home/ada", .home_is_ours = true, .user = "ada"};
  auto paths = find_paths(environment, facts, "");
  CHECK(paths.config == "/home/ada/.aws/config");
  CHECK(paths.own == "/home/ada/.config/touchsts/config.toml");
  CHECK(paths.cache_home == "/home/ada/.cache");
  environment.variables = {{"AWS_CONFIG_FILE", "~/c"}, {"XDG_CONFIG_HOME", "/x"}, {"XDG_CACHE_HOME", "relative"}};
  paths = find_paths(environment, facts, "");
  CHECK(paths.config == "/home/ada/c");
  CHECK(paths.own == "/x/touchsts/config.toml");
  CHECK(paths.cache_home == "/home/ada/.cache");
  // sudo: a home that belongs to somebody else gets no files of ours
  paths = find_paths({}, {.home = "/home/ada", .home_is_ours = false, .user = "root"}, "");
  CHECK(paths.cache_home.empty());
  paths = find_paths({}, {.home = "", .home_is_ours = false, .user = ""}, "");
  CHECK(paths.config.empty());
}

}  // namespace touchsts::settings
