#include <algorithm>
#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "base/arena.h"
#include "cli/deliver.h"
#include "cli/native_options.h"
#include "cli/run.h"
#include "fake/fake_world.h"

namespace touchsts::cli {
namespace {

// argv as the system lays it out: writable.
struct Arguments {
  std::vector<std::string> texts;
  std::vector<char*> pointers;
  explicit Arguments(std::vector<std::string> words) : texts(std::move(words)) {
    for (auto& text : texts) {
      pointers.push_back(text.data());
    }
  }
};

constexpr std::string_view kAnswer =
    R"(<GetSessionTokenResponse><GetSessionTokenResult><Credentials><AccessKeyId>ASIASESSIONSESSION12</AccessKeyId>
<SecretAccessKey>sessionsecret</SecretAccessKey><SessionToken>sessiontoken</SessionToken><Expiration>2023-11-15T10:13:20Z</Expiration>
</Credentials></GetSessionTokenResult></GetSessionTokenResponse>)";
constexpr std::string_view kRoleAnswer =
    R"(<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLEROLEROLEROLE</AccessKeyId>
<SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken</SessionToken><Expiration>2023-11-14T23:13:20Z</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/ops/x</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>)";

struct Program {
  fake::FakeWorld world;

  Program() {
    world.config(
        "[profile "
        "ops]\nrole_arn=arn:aws:iam::123456789012:role/"
        "ops\nsource_profile=base\nmfa_serial=arn:aws:iam::123456789012:mfa/ada\nregion=us-east-1\n");
    world.credentials("[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=basesecret\n");
  }
  int run(std::vector<std::string> words) {
    Arguments arguments(std::move(words));
    world.output = {};
    return cli::run(arguments.pointers, world.world);
  }
  void answers(std::initializer_list<std::string_view> bodies) {
    for (const auto body : bodies) {
      world.http.replies.push_back({.body = std::string(body)});
    }
  }
  void refuses(int status, std::string_view code, std::string_view message, std::string date = "") {
    world.http.replies.push_back(
        {.status = status,
         .body = std::format(
             "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>", code, message),
         .date = std::move(date)});
  }
};

}  // namespace

TEST_CASE("a code given on the command line is overwritten there") {
  Arguments arguments({"credential-process", "--token-code", "123456", "--profile", "a"});
  const auto options = parse_native(arguments.pointers);
  REQUIRE(options);
  CHECK(options->token_code->reveal_text() == "123456");
  CHECK(arguments.texts[2] == "xxxxxx");
  Arguments joined({"process", "--token-code=123456"});
  REQUIRE(parse_native(joined.pointers));
  CHECK(joined.texts[1] == "--token-code=xxxxxx");
}

TEST_CASE("wrong usage is told in one line with exit code 2") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"foo"},
                                             {"credential-process", "--nope"},
                                             {"credential-process", "--timeout", "0"},
                                             {"login", "x"},
                                             {"config"},
                                             {"config", "show", "--format", "xml"},
                                             {"export", "--format", "json5"},
                                             {"login", "--", "a"},
                                             {"--log-level", "loud", "login"},
                                             {"login", "--tag", "x"},
                                             {"login", "--profile"}}) {
    Program program;
    CHECK(program.run(words) == 2);
    CHECK(std::ranges::count(program.world.output.err, '\n') == 1);
    CHECK(program.world.output.out.empty());
  }
}

TEST_CASE("an option with an empty value is an error, not the same as none") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"credential-process", "--profile", "ops", "--policy", ""},
                                             {"credential-process", "--profile", "ops", "--policy="},
                                             {"credential-process", "--profile", "ops", "--policy-arn", ""},
                                             {"credential-process", "--profile", "ops", "--external-id", ""},
                                             {"credential-process", "--profile", "ops", "--saml-endpoint", ""},
                                             {"credential-process", "--profile", "ops", "--region", ""},
                                             {"credential-process", "--profile", "ops", "--key-file", ""},
                                             {"credential-process", "--profile", ""},
                                             {"login", "--profile", "ops", "--write", ""},
                                             {"dialects", "install", "--dir", ""},
                                             {"--config", "", "doctor"}}) {
    Program program;
    CHECK_MESSAGE(program.run(words) == 2, words.back());
    CHECK(program.world.http.sent.empty());
    CHECK(program.world.output.out.empty());
  }
  Program program;
  CHECK(program.run({"credential-process", "--profile", "ops", "--policy", ""}) == 2);
  CHECK(program.world.output.err.contains("--policy: its value is empty"));
  program.world.files.files["/policy"] = {.text = " \n"};
  CHECK(program.run({"credential-process", "--profile", "ops", "--policy", "file:///policy"}) == 2);
  CHECK(program.world.output.err.contains("--policy /policy: the file is empty"));
}

TEST_CASE("a line that exec cannot understand leaves its command's exit codes alone") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"exec"}, {"exec", "--"}, {"exec", "--nope", "--", "true"}, {"--nope", "exec", "--", "true"}}) {
    Program program;
    CHECK(program.run(words) == 125);
  }
  Program program;
  CHECK(program.run({"login", "--", "exec"}) == 2);
}

TEST_CASE("a device is not called by nothing") {
  Program program;
  program.world.facts.user = "";
  CHECK(program.run({"mfa", "enroll", "--profile", "base"}) == 2);
  CHECK(program.world.output.err.contains("no user name to call the device by; give one: --name NAME"));
}

TEST_CASE("saml is a log-in by SAML, or an error") {
  Program program;
  CHECK(program.run({"saml", "--profile", "ops", "--provider", "okta"}) == 3);
  CHECK(program.world.output.err.contains("profile ops has no saml_endpoint"));
  CHECK(program.world.http.sent.empty());
}

TEST_CASE("every option is understood where it belongs") {
  Arguments arguments({"--no-prompt",
                       "--config",
                       "c",
                       "credential-process",
                       "-p",
                       "x",
                       "--timeout",
                       "9",
                       "--role-arn",
                       "r",
                       "--tag",
                       "a=b=c",
                       "--tag",
                       "d=",
                       "--policy-arn",
                       "p1",
                       "--policy-arn",
                       "p2",
                       "--token-code-fd",
                       "3",
                       "--key-file",
                       "k",
                       "--no-cache",
                       "--renew",
                       "--log-level",
                       "debug"});
  const auto options = parse_native(arguments.pointers);
  REQUIRE(options);
  CHECK(options->command == Command::credential_process);
  CHECK(options->profile == "x");
  CHECK(options->timeout == 9);
  CHECK(options->no_prompt);
  CHECK(options->config_file == "c");
  CHECK(options->tags == std::vector<std::pair<std::string, std::string>>{{"a", "b=c"}, {"d", ""}});
  CHECK(options->settings ==
        std::vector<std::pair<std::string, std::string>>{{"role_arn", "r"}, {"policy_arns", "p1,p2"}});
  CHECK(options->token_code_fd == 3);
  CHECK(options->renew);
  CHECK(options->log_level == "debug");
}

TEST_CASE("help is on stdout and lists what there is") {
  Program program;
  CHECK(program.run({"--help"}) == 0);
  CHECK(program.world.output.out.contains("\n  credential-process "));
  CHECK(
      program.world.output.out.contains("vegas-credentials aws-mfa-assume-credential-process aws-mfa awsmfa "
                                        "awsprocesscreds-saml\n"));
  CHECK(program.run({"config", "--help"}) == 0);
  CHECK(program.world.output.out.contains("explain"));
  CHECK(program.run({"oath", "code", "--help"}) == 0);
  CHECK(program.world.output.out.contains("a part that no other has"));
  CHECK(program.run({"login", "--help"}) == 0);
  CHECK(program.world.output.out.contains("--token-code-file"));
  CHECK(program.run({"--help", "exit-codes"}) == 0);
  CHECK(program.world.output.out.contains("127  exec: the command was not found"));
  CHECK(program.run({"--version"}) == 0);
  CHECK(program.world.output.out.starts_with("touchsts "));
}

TEST_CASE("credential-process asks for a code once, and answers from the cache afterwards") {
  Program program;
  program.world.terminal.answers = {"123 456"};
  program.answers({kAnswer, kRoleAnswer});
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.output.err.empty());
  CHECK(program.world.output.out ==
        "{\"Version\":1,\"AccessKeyId\":\"ASIAROLEROLEROLEROLE\",\"SecretAccessKey\":\"rolesecret\",\"SessionToken\":"
        "\"roletoken\","
        "\"Expiration\":\"2023-11-14T23:13:20Z\",\"AccountId\":\"123456789012\"}\n");
  REQUIRE(program.world.http.sent.size() == 2);
  CHECK(program.world.http.sent[0].host == "https://sts.us-east-1.amazonaws.com");
  CHECK(program.world.http.sent[0].body.contains("TokenCode=123456"));
  CHECK(program.world.http.sent[0].headers["authorization"].contains("Credential=AKIABASE/20231114/us-east-1/sts/"));
  CHECK(program.world.http.sent[1].headers["authorization"].contains("Credential=ASIASESSIONSESSION12/"));
  CHECK(program.world.http.sent[1].headers["x-amz-security-token"] == "sessiontoken");
  CHECK(program.world.http.sent[1].body.contains("RoleSessionName=touchsts-ada-1700000000"));
  CHECK(program.world.terminal.prompts.size() == 1);

  const std::string first = program.world.output.out;
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.output.out == first);
  CHECK(program.world.http.sent.size() == 2);
}

TEST_CASE("one MFA session serves several roles, and an expired role is assumed again without a code") {
  Program program;
  program.world.files.files["/home/ada/.aws/config"].text +=
      "[profile "
      "dev]\nrole_arn=arn:aws:iam::123456789012:role/"
      "dev\nsource_profile=base\nmfa_serial=arn:aws:iam::123456789012:mfa/ada\nregion=us-east-1\n";
  program.world.terminal.answers = {"123456"};
  program.answers({kAnswer, kRoleAnswer, kRoleAnswer});
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  REQUIRE(program.run({"credential-process", "--profile", "dev"}) == 0);
  CHECK(program.world.terminal.prompts.size() == 1);
  CHECK(program.world.http.sent.size() == 3);
}

TEST_CASE("a refused code is asked for again when a person types, and explained by the clock if that is off") {
  Program program;
  program.world.terminal.answers = {"111111", "222222"};
  program.refuses(403,
                  "AccessDenied",
                  "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                  "Tue, 14 Nov 2023 22:13:50 GMT");
  program.answers({kAnswer, kRoleAnswer});
  REQUIRE(program.run({"login", "--profile", "ops"}) == 0);
  CHECK(program.world.terminal.prompts.size() == 2);
  CHECK(program.world.terminal.told[0].contains("30 s slow"));
  CHECK(program.world.output.out == "profile ops: credentials until 2023-11-14T23:13:20Z\n");
}

TEST_CASE("a given code is sent once only") {
  Program program;
  program.refuses(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
  CHECK(program.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 4);
  CHECK(program.world.http.sent.size() == 1);
  Program reset;
  reset.world.http.replies.push_back({.fails = true, .request_left = true});
  CHECK(reset.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 7);
  CHECK(reset.world.http.sent.size() == 1);
  Program refused;
  refused.world.http.replies.push_back(
      {.fails = true, .request_left = false});  // nothing left us: the code is still good
  refused.answers({kAnswer, kRoleAnswer});
  CHECK(refused.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 0);
}

TEST_CASE("a code that was sent is not sent again, by whatever way it comes") {
  Program program;
  program.refuses(403, "AccessDenied", "no");
  CHECK(program.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 4);
  CHECK(program.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 4);
  CHECK(program.world.output.err == "touchsts: this MFA code was used already; wait for the next one and give that\n");
  CHECK(program.world.http.sent.size() == 1);
  program.world.terminal.answers = {"123456", "123456", "123456"};
  CHECK(program.run({"credential-process", "--profile", "ops"}) == 4);
  CHECK(program.world.http.sent.size() == 1);
  program.world.terminal.answers = {"123456", "654321"};
  program.answers({kAnswer, kRoleAnswer});
  CHECK(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.terminal.told.back() == "this MFA code was used already; the next one is needed");
  CHECK(program.world.http.sent.size() == 3);
}

TEST_CASE("a code that never left may be given again") {
  Program program;
  for (int i = 0; i < 3; ++i) {
    program.world.http.replies.push_back({.fails = true, .request_left = false});
  }
  CHECK(program.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 7);
  program.answers({kAnswer, kRoleAnswer});
  CHECK(program.run({"credential-process", "--profile", "ops", "--token-code", "123456"}) == 0);
}

// A key that answers with the low byte of the time step, and writes down which steps it was asked for.
struct StepKey {
  fake::FakeReader reader;
  std::vector<unsigned> steps;
  StepKey() {
    reader.card = [this](const fake::Bytes& command) {
      const auto instruction = std::to_integer<unsigned>(command[1]);
      if (instruction == 0xA4) {
        return fake::bytes_from_hex("7903050403 71080123456789abcdef 9000");
      }
      if (instruction == 0xA1) {
        fake::Bytes list = fake::bytes_from_hex("7222 21");
        list.append_range(std::as_bytes(std::span("arn:aws:iam::123456789012:mfa/ada").first(33)));
        list.append_range(fake::bytes_from_hex("9000"));
        return list;
      }
      const auto challenge = std::ranges::search(command, fake::bytes_from_hex("7408")).begin() + 2;
      unsigned step = 0;
      for (auto byte = challenge; byte != challenge + 8; ++byte) {
        step = step << 8 | std::to_integer<unsigned>(*byte);
      }
      steps.push_back(step);
      auto answer = fake::bytes_from_hex("7605 06000000");
      answer.push_back(static_cast<std::byte>(step & 0xFF));
      answer.append_range(fake::bytes_from_hex("9000"));
      return answer;
    };
  }
};

constexpr unsigned kStep = 1'700'000'000 / 30;

TEST_CASE("a key is asked for the next code while this one is spent, and that is sent in its time") {
  Program program;
  StepKey key;
  program.world.usb.plug(key.reader);
  program.refuses(403, "AccessDenied", "no");
  program.answers({kAnswer, kRoleAnswer});
  CHECK(program.run({"credential-process", "--profile", "ops"}) == 4);
  CHECK(program.world.terminal.told.empty());
  CHECK(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(key.steps == std::vector{kStep, kStep + 1});
  CHECK(program.world.terminal.told ==
        std::vector<std::string>{"the MFA code of this moment was used already; the next one goes in 10 s"});
  // Not when it would be too late.
  program.world.files.folders.erase("/home/ada/.cache/touchsts");
  CHECK(program.run({"credential-process", "--profile", "ops", "--timeout", "35"}) == 6);
  CHECK(program.world.output.err.contains("no time left for the next"));
  CHECK(program.world.output.err.contains("try again in 40 s"));
}

TEST_CASE("a refused code of a key is followed by the next one, of the right time when the clock was wrong") {
  constexpr std::string_view kRefusal = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
  for (const auto& [date, second] : {std::pair("Tue, 14 Nov 2023 22:13:21 GMT", kStep + 1),
                                     std::pair("Tue, 14 Nov 2023 22:18:20 GMT", kStep + 10)}) {
    Program program;
    StepKey key;
    program.world.usb.plug(key.reader);
    program.refuses(403, "AccessDenied", kRefusal, date);
    program.answers({kAnswer, kRoleAnswer});
    CHECK(program.run({"credential-process", "--profile", "ops"}) == 0);
    CHECK(key.steps == std::vector{kStep, second});
  }
}

TEST_CASE("a code that mfa_process gives is followed by the next one when STS refuses it, once") {
  constexpr std::string_view kRefusal = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
  Program program;
  program.world.files.files["/home/ada/.aws/config"].text += "mfa_process = code\n";
  int runs = 0;
  program.world.programs.print = [&runs] { return std::to_string(100'000 + ++runs); };
  program.refuses(403, "AccessDenied", kRefusal);
  program.answers({kAnswer, kRoleAnswer});
  CHECK(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.http.sent[1].body.contains("TokenCode=100002"));
  Program twice;
  twice.world.files.files["/home/ada/.aws/config"].text += "mfa_process = code\n";
  twice.world.programs.print = program.world.programs.print;
  twice.refuses(403, "AccessDenied", kRefusal);
  twice.refuses(403, "AccessDenied", kRefusal);
  CHECK(twice.run({"credential-process", "--profile", "ops"}) == 4);
  CHECK(twice.world.http.sent.size() == 2);
}

TEST_CASE("requests without a code are tried three times, and a wrong clock is corrected once") {
  Program program;
  program.world.terminal.answers = {"123456"};
  program.answers({kAnswer});
  program.world.http.replies.push_back({.fails = true});
  program.refuses(503, "ServiceUnavailable", "x");
  program.answers({kRoleAnswer});
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.http.sent.size() == 4);

  Program skewed;
  skewed.world.config(
      "[profile ops]\nrole_arn=arn:aws:iam::123456789012:role/ops\nsource_profile=base\nregion=us-east-1\n");
  skewed.refuses(
      403, "SignatureDoesNotMatch", "Signature expired: x", "Tue, 14 Nov 2023 22:33:20 GMT");  // 20 minutes ahead
  skewed.answers({kRoleAnswer});
  REQUIRE(skewed.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(skewed.world.http.sent[1].headers["x-amz-date"] == "20231114T223320Z");
  skewed.refuses(403, "SignatureDoesNotMatch", "Signature expired: x", "Tue, 14 Nov 2023 22:33:20 GMT");
  skewed.refuses(403, "SignatureDoesNotMatch", "Signature expired: x", "Tue, 14 Nov 2023 22:33:20 GMT");
  CHECK(skewed.run({"credential-process", "--profile", "ops", "--renew-session"}) == 4);
}

TEST_CASE("the exit code tells what was wrong, in one line without secrets") {
  struct Case {
    std::function<void(Program&)> arrange;
    int code;
    std::string_view part;
  };
  const Case cases[] = {
      {[](Program& p) { p.refuses(403, "AccessDenied", "User is not authorized"); }, 4, "trust policy"},
      {[](Program& p) { p.refuses(400, "ValidationError", "bad"); }, 3, "ValidationError"},
      {[](Program& p) { p.answers({"<html>portal</html>"}); }, 8, "html"},
      {[](Program&) {}, 7, "nobody answers"},
      {[](Program& p) { p.world.terminal.answers = {}; }, 6, "no terminal"},
      {[](Program& p) { p.world.terminal.answers = {"abc", "12345", "cccccccccccbcdefghijklnrtuvcbdefghijklnrtuvc"}; },
       2,
       "Yubico OTP"},
  };
  for (const auto& [arrange, code, part] : cases) {
    Program program;
    program.world.terminal.answers = {"123456"};
    arrange(program);
    CHECK(program.run({"credential-process", "--profile", "ops"}) == code);
    CAPTURE(program.world.output.err);
    CHECK(program.world.output.err.contains(part));
    CHECK(std::ranges::count(program.world.output.err, '\n') == 1);
    CHECK_FALSE(program.world.output.err.contains("basesecret"));
    CHECK_FALSE(program.world.output.err.contains("123456;"));
    CHECK(program.world.output.out.empty());
  }
}

TEST_CASE("--no-prompt fails at once where a person would be needed") {
  Program program;
  program.world.terminal.answers = {"123456"};
  CHECK(program.run({"credential-process", "--profile", "ops", "--no-prompt"}) == 6);
  CHECK(program.world.terminal.prompts.empty());
  CHECK(program.world.http.sent.empty());
}

TEST_CASE("mfa_process gives the code, and may not call us in turn") {
  Program program;
  program.world.files.files["/home/ada/.aws/config"].text += "mfa_process = code 'a b'\n";
  program.answers({kAnswer, kRoleAnswer});
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.programs.ran[0] == std::vector<std::string>{"code", "a b"});
  CHECK(program.world.programs.added[0].first == "TOUCHSTS_MFA_PROCESS");
  Program nested;
  nested.world.files.files["/home/ada/.aws/config"].text += "mfa_process = code\n";
  nested.world.environment.variables["TOUCHSTS_MFA_PROCESS"] = "profile outer";
  CHECK(nested.run({"credential-process", "--profile", "ops"}) == 3);
  CHECK(nested.world.output.err.contains("profile outer"));
}

TEST_CASE("a prompt names everything unusual about the way to STS") {
  Program program;
  program.world.own("allowed_endpoints = [\"https://localhost:1\"]\n");
  program.world.environment.variables = {{"AWS_ENDPOINT_URL_STS", "https://localhost:1"}, {"AWS_CA_BUNDLE", "/ca.pem"}};
  (void)program.run({"login", "--profile", "ops"});
  REQUIRE(program.world.terminal.prompts.size() == 1);
  CHECK(program.world.terminal.prompts[0] ==
        "[endpoint https://localhost:1 by AWS_ENDPOINT_URL_STS] [CA bundle /ca.pem by AWS_CA_BUNDLE] MFA code of "
        "arn:aws:iam::123456789012:mfa/ada for profile ops (no YubiKey found): ");
}

TEST_CASE("the cache failing costs a line, never the answer") {
  Program program;
  program.world.keyring.absent = true;
  program.world.terminal.answers = {"123456"};
  program.answers({kAnswer, kRoleAnswer});
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(program.world.output.err.empty());
  CHECK(program.world.terminal.told.size() == 1);
  Program unread;
  unread.world.output.closed = true;
  unread.world.terminal.answers = {"123456"};
  unread.answers({kAnswer, kRoleAnswer});
  Arguments arguments({"credential-process", "--profile", "ops"});
  CHECK(cli::run(arguments.pointers, unread.world.world) == 1);
  CHECK(unread.world.files.folders["/home/ada/.cache/touchsts"].files.size() == 2);
}

TEST_CASE("exec hands over the environment; what cannot start has the usual codes") {
  Program program;
  program.world.terminal.answers = {"123456"};
  program.answers({kAnswer, kRoleAnswer});
  CHECK(program.run({"exec", "--profile", "ops", "--", "nope", "-x"}) == 127);
  CHECK(program.world.programs.ran[0] == std::vector<std::string>{"nope", "-x"});
  CHECK(program.world.programs.become_environment["AWS_ACCESS_KEY_ID"] == "ASIAROLEROLEROLEROLE");
  CHECK(program.world.programs.become_environment["AWS_REGION"] == "us-east-1");
  CHECK(program.run({"exec", "--profile", "none", "--", "x"}) == 125);
  const auto dropped = dropped_variables();
  for (const char* const name : {"AWS_PROFILE",
                                 "AWS_SESSION_TOKEN",
                                 "AWS_SECURITY_TOKEN",
                                 "AWS_WEB_IDENTITY_TOKEN_FILE",
                                 "AWS_ROLE_ARN",
                                 "AWS_ROLE_SESSION_NAME",
                                 "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
    CHECK(std::ranges::contains(dropped, name));
  }
}

std::string exported(std::string_view secret, ExportFormat format) {
  const aws::Credentials credentials{
      .access_key_id = "A", .secret_access_key = Secret(secret), .session_token = {}, .expires = {}, .account_id = {}};
  return std::string(exports(credentials, format, "p", "").reveal_text());
}

TEST_CASE("exports quote for their shell") {
  const auto text = [&](ExportFormat format) { return exported("s'\\$", format); };
  CHECK(text(ExportFormat::env).contains("export AWS_SECRET_ACCESS_KEY='s'\\''\\$';\n"));
  CHECK(text(ExportFormat::fish).contains("set -gx AWS_SECRET_ACCESS_KEY 's\\'\\\\$';\n"));
  CHECK(text(ExportFormat::windows_cmd).contains("set \"AWS_SECRET_ACCESS_KEY=s'\\$\"\n"));
  // What would name other credentials is taken away, in every shell.
  for (const std::string_view name : {"AWS_SESSION_TOKEN",
                                      "AWS_SECURITY_TOKEN",
                                      "AWS_PROFILE",
                                      "AWS_DEFAULT_PROFILE",
                                      "AWS_ACCOUNT_ID",
                                      "AWS_CREDENTIAL_EXPIRATION",
                                      "AWS_WEB_IDENTITY_TOKEN_FILE",
                                      "AWS_ROLE_ARN",
                                      "AWS_ROLE_SESSION_NAME",
                                      "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
    CHECK(text(ExportFormat::env).contains(formatted("unset {};\n", name)));
    CHECK(text(ExportFormat::fish).contains(formatted("set -e {};\n", name)));
    CHECK(
        text(ExportFormat::powershell).contains(formatted("Remove-Item Env:{} -ErrorAction SilentlyContinue\n", name)));
    CHECK(text(ExportFormat::windows_cmd).contains(formatted("set \"{}=\"\n", name)));
  }
  CHECK(text(ExportFormat::powershell).contains("$env:AWS_SECRET_ACCESS_KEY = 's''\\$'\n"));
  CHECK(text(ExportFormat::ini) == "[p]\naws_access_key_id = A\naws_secret_access_key = s'\\$\n");
}

TEST_CASE("PowerShell's typographic quotes are doubled") {
  for (const std::string_view quote : {"\u2018", "\u2019", "\u201a", "\u201b"}) {
    const auto text = exported(formatted("a{0}; calc #{0}", quote), ExportFormat::powershell);
    CHECK(text.contains(formatted("$env:AWS_SECRET_ACCESS_KEY = 'a{0}{0}; calc #{0}{0}'\n", quote)));
  }
  CHECK(exported("\u201c\u2017", ExportFormat::powershell).contains("= '\u201c\u2017'\n"));
}

TEST_CASE("plain exports quote what a shell would not take as it is") {
  const auto line = [](std::string_view secret) {
    const auto text = exported(secret, ExportFormat::plain_env);
    const auto begin = text.find("export AWS_SECRET_ACCESS_KEY=");
    return text.substr(begin, text.find("\nexport AWS_SESSION_TOKEN=") - begin);
  };
  CHECK(line("aZ09/+=_.-") == "export AWS_SECRET_ACCESS_KEY=aZ09/+=_.-");
  CHECK(line("") == "export AWS_SECRET_ACCESS_KEY=");
  for (const std::string_view text : {"$(x)", "a;b", "~", "a b", "`x`", "a&b", "a\nb", "\u00e9", "{a,b}", "a*"}) {
    CHECK(line(text) == formatted("export AWS_SECRET_ACCESS_KEY='{}'", text));
  }
  CHECK(line("a'b") == "export AWS_SECRET_ACCESS_KEY='a'\\''b'");
}

TEST_CASE("the doctor tells what is protected and how") {
  Program program;
  auto& world = program.world;
  auto& credentials = world.files.files["/home/ada/.aws/credentials"];
  world.files.files["/proc/swaps"].text = "Filename\tType\n/dev/sda2 partition 1 0 -2\n/swap\x1b file 1 0 -3\n";
  CHECK(program.run({"doctor"}) == 0);
  CHECK(world.output.out.contains("ok       modes: /home/ada/.cache/touchsts is not there yet\n"));
  CHECK(world.output.out.contains("ok       cache key: kernel keyring, user; made with the first session\n"));
  CHECK(world.output.out.contains("note     key store: none: cached sessions are lost at reboot"));
  CHECK(world.output.out.contains(
      "ok       sandbox: the credential endpoint and the HTML parser run sandboxed (seccomp)\n"));
  CHECK(world.output.out.contains("; core files and debuggers are kept out"));
  // Whether memory can be locked is this machine's doing.
  if (arena::locked()) {
    CHECK(world.output.out.contains("ok       memory: secrets are locked into it"));
  } else {
    CHECK(world.output.out.contains("note     memory: secrets may be swapped out to /dev/sda2, /swap?"));
  }
  credentials.mode = 0640;
  world.endpoints.jails = false;
  CHECK(program.run({"doctor"}) == 0);
  CHECK(
      world.output.out.contains("note     modes: /home/ada/.aws/credentials has mode 0640: it can be read by others; "
                                "chmod 600 /home/ada/.aws/credentials\n"));
  CHECK(world.output.out.contains("note     sandbox: the endpoint of touchsts serve runs without a sandbox here"));
  CHECK_FALSE(world.output.out.contains("pages of SAML"));
  credentials.mode = 0600;
  CHECK(program.run({"doctor"}) == 0);
  CHECK(world.output.out.contains("ok       modes: /home/ada/.aws/credentials has mode 0600\n"));
}

TEST_CASE("a log-in fails where the next process would not find it, before a code is asked for; other commands work") {
  Program program;
  program.world.terminal.answers = {"123456"};
  program.world.keyring.forgets = true;
  CHECK(program.run({"login", "--profile", "ops"}) == 1);
  CHECK(program.world.output.err.contains(
      "login would save nothing: what one process puts there is gone for the next; touchsts doctor"));
  CHECK(program.world.http.sent.empty());
  program.answers({kAnswer, kRoleAnswer});
  CHECK(program.run({"credential-process", "--profile", "ops"}) == 0);

  Program lasting;  // what the desktop keeps is there again
  lasting.world.terminal.answers = {"123456"};
  lasting.world.keyring.forgets = true;
  lasting.world.secrets.there = true;
  lasting.answers({kAnswer, kRoleAnswer});
  CHECK(lasting.run({"login", "--profile", "ops"}) == 0);
}

TEST_CASE("what the doctor calls good was tried") {
  Program program;
  auto& world = program.world;
  const auto doctor = [&](int code) {
    CHECK(program.run({"doctor"}) == code);
    return world.output.out;
  };
  SUBCASE("a keyring that keeps nothing for the next process") {
    world.keyring.forgets = true;
    CHECK(doctor(9).contains(
        "trouble  cache key: what one process puts there is gone for the next, so nothing is cached"));
    world.secrets.there = true;
    CHECK(
        doctor(0).contains("note     cache key: what one process puts there is gone for the next; the desktop's secret "
                           "store may keep it; touchsts setup\n"));
    REQUIRE(program.run({"setup", "--secret-service"}) == 0);
    CHECK(doctor(0).contains("so every run gets it from the key store\n"));
  }
  SUBCASE("a secret store that is locked") {
    world.secrets.there = true;
    REQUIRE(program.run({"setup", "--secret-service"}) == 0);
    REQUIRE(program.run({"cache", "lock"}) == 0);
    CHECK(doctor(0).contains("ok       key store: unlocked by a run, without asking\n"));
    world.secrets.locked = true;
    const auto said = doctor(0);
    CHECK(said.contains("ok       key store: locked; touchsts cache unlock"));
    CHECK(said.contains("note     key store: the desktop's secret store: the desktop's secret store is locked\n"));
    CHECK(world.secrets.asked == 0);
  }
  SUBCASE("a key file in memory") {
    world.files.files["/run/key"].text = std::string(32, 'k');
    world.files.in_memory_paths.insert("/run/key");
    world.own("[cache]\nkey_file = \"/run/key\"\n");
    CHECK(doctor(0).contains("note     cache key: /run/key by /home/ada/.config/touchsts/config.toml lies in memory"));
  }
  SUBCASE("folders that cannot be written") {
    world.files.unwritable.insert("/home/ada/.cache/touchsts");
    CHECK(
        doctor(3).contains("trouble  modes: /home/ada/.cache/touchsts: Read-only file system, so sessions cannot be "
                           "cached"));
    world.files.folders["/home/ada/.cache/touchsts"].full = true;
    CHECK(doctor(3).contains("trouble  modes: /home/ada/.cache/touchsts: no space left on device, so sessions"));
    world.files.folders["/home/ada/.cache/touchsts"].full = false;
    CHECK(doctor(0).contains("ok       modes: /home/ada/.cache/touchsts is private (0700) and can be written\n"));
    CHECK(world.files.folders["/home/ada/.cache/touchsts"].files.empty());
  }
  SUBCASE("no home") {
    world.facts.home_is_ours = false;
    const auto said = doctor(3);
    CHECK(said.contains("trouble  modes: there is no home folder of yours, so sessions cannot be cached"));
    CHECK_FALSE(said.contains("entries in"));
  }
  SUBCASE("pages that are not read") {
    world.html.jails = false;
    CHECK(doctor(0).contains("so pages of SAML sign-ins are not read; saml_provider = browser does without\n"));
  }
}

TEST_CASE("the status of the cache is what a run would find") {
  Program program;
  auto& world = program.world;
  const auto status = [&] {
    REQUIRE(program.run({"cache", "status"}) == 0);
    return world.output.out;
  };
  CHECK(status() ==
        "key      no key store; touchsts setup makes one\nstate    none\nsessions none cached\nkeyring  user\n");
  world.secrets.there = true;
  REQUIRE(program.run({"setup", "--secret-service"}) == 0);
  program.answers({kAnswer, kRoleAnswer});
  world.terminal.answers = {"123456"};
  REQUIRE(program.run({"login", "--profile", "ops"}) == 0);
  REQUIRE(program.run({"cache", "lock"}) == 0);
  const auto kept = world.keyring.keys;
  CHECK(status() ==
        "key      the desktop's secret store: open\nstate    unlocked by a run, without asking\n"
        "sessions 2 cached, readable\nkeyring  user\n");
  CHECK(world.keyring.keys == kept);
  world.secrets.locked = true;
  CHECK(status().contains("state    locked\nsessions 2 cached, unreadable (store locked)\n"));
  CHECK(world.secrets.asked == 0);
}

TEST_CASE("logout, the list and explain find what a run would find") {
  Program program;
  auto& world = program.world;
  world.secrets.there = true;
  REQUIRE(program.run({"setup", "--secret-service"}) == 0);
  program.answers({kAnswer, kRoleAnswer});
  world.terminal.answers = {"123456"};
  REQUIRE(program.run({"login", "--profile", "ops"}) == 0);
  REQUIRE(program.run({"cache", "lock"}) == 0);
  const auto kept = world.keyring.keys;
  REQUIRE(program.run({"cache", "list"}) == 0);
  CHECK(world.output.out.contains("  ops\n"));
  REQUIRE(program.run({"config", "explain", "--profile", "ops"}) == 0);
  CHECK(world.output.out.contains("cache_key: of the key store\n"));
  CHECK_FALSE(world.output.out.contains("not held"));
  CHECK(world.keyring.keys == kept);

  SUBCASE("what cannot be told is not left in silence") {
    world.secrets.locked = true;
    CHECK(program.run({"logout", "--profile", "ops"}) == 9);
    CHECK(world.output.err.contains("which of the 2 cached results are this profile's cannot be told"));
    world.secrets.locked = false;
    CHECK(program.run({"logout", "--profile", "ops"}) == 0);
    CHECK(world.output.out == "2 removed\n");
  }
  SUBCASE("a section that may not be emptied is refused before anything is forgotten") {
    CHECK(program.run({"logout", "--profile", "ops", "--unwrite", "base"}) == 3);
    REQUIRE(program.run({"cache", "list"}) == 0);
    CHECK(std::ranges::count(world.output.out, '\n') == 2);
  }
}

TEST_CASE("sessions of another key are not called readable, and go with that key") {
  Program program;
  auto& world = program.world;
  world.files.files["/one"] = {.text = std::string(32, '1')};
  world.files.files["/two"] = {.text = std::string(32, '2')};
  program.answers({kAnswer, kRoleAnswer});
  world.terminal.answers = {"123456"};
  REQUIRE(program.run({"login", "--profile", "ops", "--key-file", "/one"}) == 0);
  REQUIRE(program.run({"cache", "status", "--key-file", "/one"}) == 0);
  CHECK(world.output.out.contains("sessions 2 cached, readable\n"));
  REQUIRE(program.run({"cache", "status", "--key-file", "/two"}) == 0);
  CHECK(world.output.out.contains("sessions 2 cached, unreadable (another key sealed them)\n"));
  REQUIRE(program.run({"logout", "--profile", "ops", "--key-file", "/two"}) == 0);
  CHECK(world.output.out.starts_with("0 removed; 2 more, sealed by other keys, are left"));
  REQUIRE(program.run({"cache", "rekey", "--key-file", "/two", "--old-key-file", "/one"}) == 0);
  CHECK(world.output.out == "0 stored keys were taken over; 2 cached sessions were removed\n");
  REQUIRE(program.run({"cache", "list", "--key-file", "/one"}) == 0);
  CHECK(world.output.out.empty());
}

TEST_CASE("a secret store that asks before it keeps the first key is said on the terminal") {
  Program program;
  auto& world = program.world;
  world.secrets.there = true;
  world.secrets.prompts = true;
  program.answers({kAnswer, kRoleAnswer});
  world.terminal.answers = {"123456"};
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  REQUIRE(world.terminal.told.size() == 1);
  CHECK(world.terminal.told[0].contains("touchsts setup --secret-service"));
  REQUIRE(program.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(world.terminal.told.size() == 1);
}

TEST_CASE("help shows the command that was asked for") {
  Program program;
  const auto help = [&](std::vector<std::string> words) {
    words.emplace_back("--help");
    REQUIRE(program.run(words) == 0);
    return program.world.output.out;
  };
  const auto all = help({});
  for (const std::string_view part :
       {"credential-process", "login", "serve", "oath", "migrate", "doctor", "--config", "aws-mfa"}) {
    CHECK_MESSAGE(all.contains(part), part);
  }
  CHECK_FALSE(all.contains("--token-file"));
  CHECK(help({"nonsense"}) == all);
  CHECK(help({"--profile", "nonsense"}) == all);
  CHECK(help({"serve"}).contains("--token-file"));
  CHECK(help({"serve"}).contains("--saml-endpoint"));
  CHECK(help({"--no-prompt", "login", "--profile", "x"}).contains("--write"));
  CHECK(help({"process"}).contains("--token-code"));
  const auto cache = help({"cache"});
  for (const std::string_view part : {"list", "clear", "status", "lock", "unlock", "rekey"}) {
    CHECK_MESSAGE(cache.contains(part), part);
  }
  CHECK_FALSE(cache.contains("--old-key-file"));
  CHECK(help({"cache", "rekey"}).contains("--old-key-file"));
  CHECK(help({"setup"}).contains("profile"));
  CHECK(help({"setup", "profile"}).contains("--profile"));
  CHECK(help({"oath", "code"}).contains("account"));
}

TEST_CASE("logout forgets a profile, and only that") {
  Program program;
  program.world.terminal.answers = {"123456"};
  program.answers({kAnswer, kRoleAnswer});
  REQUIRE(program.run({"login", "--profile", "ops"}) == 0);
  CHECK(program.run({"cache", "list"}) == 0);
  CHECK(program.world.output.out.contains("  role     2023-11-14T23:13:20Z  ops\n"));
  CHECK(program.run({"logout", "--profile", "ops"}) == 0);
  CHECK(program.world.output.out == "2 removed\n");
  CHECK(program.run({"cache", "clear"}) == 0);
  CHECK(program.world.output.out == "0 removed\n");
}

TEST_CASE("config show hides secrets and merges all files") {
  Program program;
  program.world.own("[profile.ops]\nexternal_id = \"own\"\n");
  REQUIRE(program.run({"config", "show", "--format", "json"}) == 0);
  CHECK_FALSE(program.world.output.out.contains("basesecret"));
  CHECK(program.world.output.out.contains("\"external_id\": \"own\""));
  REQUIRE(program.run({"config", "show", "--profile", "base"}) == 0);
  CHECK(program.world.output.out ==
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = (hidden)\n\n");
  CHECK(program.run({"config", "show", "--profile", "none"}) == 3);
}

TEST_CASE("config explain does nothing but explain") {
  Program program;
  REQUIRE(program.run({"config", "explain", "--profile", "ops"}) == 0);
  CHECK(program.world.output.out.contains(
      "endpoint: https://sts.us-east-1.amazonaws.com\nendpoint_from: built from region us-east-1\n"));
  CHECK(program.world.output.out.contains(
      "2. GetSessionToken\n   mfa_serial: arn:aws:iam::123456789012:mfa/ada\n   "
      "code_from: a YubiKey with its account, else the terminal\n   duration_seconds: 43200\n   cache: not held\n"));
  CHECK(program.world.http.sent.empty());
  CHECK(program.world.terminal.prompts.empty());
  CHECK(program.world.keyring.keys.empty());
}

}  // namespace touchsts::cli
