#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/run.h"
#include "codec/timestamp.h"
#include "fake/fake_world.h"

namespace touchsts::cli {
namespace {

using enum io::CredentialEndpoint::Event;

constexpr Seconds kHour{3600};
constexpr Seconds kAhead{1200};  // before their end, credentials of an hour are replaced

struct Service {
  struct Ended {};
  fake::FakeWorld world;
  int ended = 0;  // processes that were split off

  Service() {
    world.programs.ended = [] { throw Ended(); };
    world.config(
        "[profile ops]\nrole_arn=arn:aws:iam::123456789012:role/ops\nsource_profile=base\n"
        "mfa_serial=arn:aws:iam::123456789012:mfa/ada\nregion=us-east-1\n");
    world.credentials("[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=basesecret\n");
  }

  // Answers of STS; each lasts from `begin`, counted from now.
  void session(Seconds begin, Seconds life) { answer("GetSessionToken", "ASIASESSIONSESSION12", begin + life); }
  void role(const std::string& key_id, Seconds begin, Seconds life = kHour) {
    answer("AssumeRole", key_id, begin + life);
  }

  void answer(const std::string& action, const std::string& key_id, Seconds until) {
    world.http.replies.push_back(
        {.body = std::format(
             "<{0}Response><{0}Result><Credentials><AccessKeyId>{1}</AccessKeyId><SecretAccessKey>secret"
             "</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{2}</Expiration></Credentials>"
             "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/ops/x</Arn></AssumedRoleUser>"
             "</{0}Result></{0}Response>",
             action,
             key_id,
             codec::to_rfc3339(world.clock.time + until))});
  }

  int run(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (auto& word : words) {
      pointers.push_back(word.data());
    }
    try {
      return cli::run(pointers, world.world);
    } catch (const Ended&) {
      ++ended;
      return 0;
    }
  }

  [[nodiscard]] std::vector<std::string> key_ids() const {
    std::vector<std::string> ids;
    for (const auto& answered : world.endpoints.answered) {
      const auto start = answered.body.find("ASIA");
      ids.push_back(answered.body.substr(start, answered.body.find('"', start) - start));
    }
    return ids;
  }
};

}  // namespace

TEST_CASE("the endpoint's answer has what SDKs read, and its address and token go to stdout") {
  Service service;
  service.world.terminal.answers = {"123456"};
  service.session(Seconds(0), Seconds(43200));
  service.role("ASIAROLE000000000001", Seconds(0));
  REQUIRE(service.run({"serve", "--profile", "ops", "--port", "4711"}) == 0);
  CHECK(service.world.endpoints.port == 4711);
  REQUIRE(service.world.endpoints.answered.size() == 1);
  const auto& answered = service.world.endpoints.answered[0];
  CHECK(answered.body ==
        R"({"Code":"Success","AccessKeyId":"ASIAROLE000000000001","SecretAccessKey":"secret","Token":"token",)"
        R"("Expiration":"2023-11-14T23:13:20Z","AccountId":"123456789012"})"
        "\n");
  REQUIRE(answered.tokens.size() == 1);
  CHECK(answered.tokens[0].size() == 64);
  CHECK(service.world.output.out.starts_with(
      "export AWS_CONTAINER_CREDENTIALS_FULL_URI='http://127.0.0.1:4711/';\nexport "
      "AWS_CONTAINER_AUTHORIZATION_TOKEN='" +
      answered.tokens[0] +
      "';\nexport AWS_REGION='us-east-1';\nexport AWS_DEFAULT_REGION='us-east-1';\nunset AWS_PROFILE;\n"));
  CHECK(service.world.output.out.contains("unset AWS_ACCESS_KEY_ID;\n"));
  CHECK_FALSE(service.world.output.out.contains("unset AWS_CONTAINER_CREDENTIALS_FULL_URI"));
}

TEST_CASE("while the MFA session is good, roles are replaced ahead of time and nobody is asked") {
  Service service;
  service.world.terminal.answers = {"123456"};
  service.session(Seconds(0), Seconds(43200));
  service.role("ASIAROLE000000000001", Seconds(0));
  service.role("ASIAROLE000000000002", kHour - kAhead);
  service.role("ASIAROLE000000000003", 2 * (kHour - kAhead));
  service.world.endpoints.happenings = {{time, 2 * (kHour - kAhead) + Seconds(60)}};
  REQUIRE(service.run({"serve", "--profile", "ops"}) == 0);
  CHECK(service.key_ids() ==
        std::vector<std::string>{"ASIAROLE000000000001", "ASIAROLE000000000002", "ASIAROLE000000000003"});
  CHECK(service.world.http.sent.size() == 4);
  CHECK(service.world.terminal.prompts.size() == 1);
}

TEST_CASE("a code is asked for when somebody wants credentials, not before, and what is good is handed out meanwhile") {
  Service service;
  service.world.terminal.answers = {"123456", "654321"};
  service.session(Seconds(0), kHour);  // no role can be had with it after an hour
  service.role("ASIAROLE000000000001", Seconds(0), 3 * kHour);
  service.world.clock.slept = {};
  SUBCASE("nobody does") {
    service.world.endpoints.happenings = {{time, 3 * kHour}};
    REQUIRE(service.run({"serve", "--profile", "ops", "--duration-seconds", "3600"}) == 0);
    CHECK(service.world.terminal.prompts.size() == 1);
    CHECK(service.world.endpoints.answered.back().lack.contains(
        "an MFA code of arn:aws:iam::123456789012:mfa/ada is needed"));
    CHECK(service.key_ids().back() == "ASIAROLE000000000001");
  }
  SUBCASE("somebody does") {
    const Seconds moment = 3 * kHour - Seconds(600);
    service.world.endpoints.happenings = {{time, moment - Seconds(60)}, {asked, Seconds(60)}, {asked, Seconds(1)}};
    service.session(moment, Seconds(43200));
    service.role("ASIAROLE000000000002", moment);
    REQUIRE(service.run({"serve", "--profile", "ops"}) == 0);
    CHECK(service.world.terminal.prompts.size() == 2);
    CHECK(service.key_ids().back() == "ASIAROLE000000000002");
    CHECK(service.world.http.sent.size() == 4);
  }
  SUBCASE("nobody answers: it is not asked again at once") {
    const Seconds moment = 3 * kHour - Seconds(600);
    service.world.terminal.answers = {"123456"};
    service.world.endpoints.happenings = {{time, moment - Seconds(60)},
                                          {asked, Seconds(60)},
                                          {asked, Seconds(1)},
                                          {asked, Seconds(1)},
                                          {asked, Seconds(70)}};
    REQUIRE(service.run({"serve", "--profile", "ops"}) == 0);
    CHECK(service.world.terminal.prompts.size() == 3);
  }
}

TEST_CASE("the token in a file changes with the credentials, and the one before still opens") {
  Service service;
  service.world.terminal.answers = {"123456"};
  service.session(Seconds(0), Seconds(43200));
  service.role("ASIAROLE000000000001", Seconds(0));
  service.role("ASIAROLE000000000002", kHour - kAhead);
  service.role("ASIAROLE000000000003", 2 * (kHour - kAhead));
  service.world.endpoints.happenings = {{time, 2 * (kHour - kAhead) + Seconds(60)}};
  REQUIRE(service.run({"serve", "--profile", "ops", "--token-file", "/home/ada/run/token"}) == 0);
  const auto& answered = service.world.endpoints.answered;
  REQUIRE(answered.size() == 3);
  CHECK(answered[0].tokens.size() == 1);
  CHECK(answered[1].tokens[1] == answered[0].tokens[0]);
  CHECK(answered[2].tokens[1] == answered[1].tokens[0]);
  CHECK(answered[2].tokens.size() == 2);
  CHECK(answered[2].tokens[0] != answered[1].tokens[0]);
  CHECK(service.world.output.out.contains("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE='/home/ada/run/token'"));
  CHECK_FALSE(service.world.output.out.contains(answered[0].tokens[0]));
  CHECK(service.world.files.folders["/home/ada/run"].files.empty());  // it is over
}

TEST_CASE("a cached role that is soon too old is replaced after it was handed out") {
  Service service;
  service.world.terminal.answers = {"123456"};
  service.session(Seconds(0), Seconds(43200));
  service.role("ASIAROLE000000000001", Seconds(0));
  REQUIRE(service.run({"credential-process", "--profile", "ops"}) == 0);
  int splits = 0;
  service.world.programs.split = [&splits] {
    ++splits;
    return Result<bool>(true);  // the test goes on as the second process
  };
  const auto handed_out = [&service] {
    service.world.output = {};
    REQUIRE(service.run({"credential-process", "--profile", "ops"}) == 0);
    const auto start = service.world.output.out.find("ASIA");
    return service.world.output.out.substr(start, 20);
  };
  service.world.clock.pass(kHour - kAhead);
  CHECK(handed_out() == "ASIAROLE000000000001");
  CHECK(splits == 0);
  service.world.clock.pass(Seconds(1));
  service.role("ASIAROLE000000000002", Seconds(0));
  CHECK(handed_out() == "ASIAROLE000000000001");
  CHECK(splits == 1);
  CHECK(service.ended == 1);
  CHECK(handed_out() == "ASIAROLE000000000002");
  CHECK(splits == 1);
  CHECK(service.world.terminal.prompts.size() == 1);
}

TEST_CASE("no code is asked for ahead of time") {
  Service service;
  service.world.terminal.answers = {"123456", "654321"};
  service.session(Seconds(0), Seconds(2000));
  service.role("ASIAROLE000000000001", Seconds(0));
  REQUIRE(service.run({"credential-process", "--profile", "ops"}) == 0);
  service.world.programs.split = [] { return Result<bool>(true); };
  service.world.clock.pass(kHour - kAhead + Seconds(1));
  REQUIRE(service.run({"credential-process", "--profile", "ops"}) == 0);
  CHECK(service.world.terminal.prompts.size() == 1);
  CHECK(service.world.http.sent.size() == 2);
}

TEST_CASE("exec --serve gives the command an endpoint, unless a default profile would come first") {
  Service service;
  service.world.terminal.answers = {"123456"};
  service.session(Seconds(0), Seconds(43200));
  service.role("ASIAROLE000000000001", Seconds(0));
  CHECK(service.run({"exec", "--serve", "--profile", "ops", "--", "nope"}) == 127);
  auto& environment = service.world.programs.become_environment;
  CHECK(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == "http://127.0.0.1:4711/");
  CHECK(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] == service.world.endpoints.answered[0].tokens[0]);
  CHECK_FALSE(environment.contains("AWS_SECRET_ACCESS_KEY"));
  service.world.credentials(
      "[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=basesecret\n[default]\naws_access_key_id=A\n");
  CHECK(service.run({"exec", "--serve", "--profile", "ops", "--", "nope"}) == 125);
}

}  // namespace touchsts::cli
