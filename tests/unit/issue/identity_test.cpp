#include "issue/identity.h"

#include <functional>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace touchsts::issue {
namespace {

Plan full_plan() {
  Plan plan;
  plan.endpoint = {{"https", "sts.us-east-1.amazonaws.com", 443}, "us-east-1", "built", true};
  plan.steps.emplace_back(LongTermKeys{.access_key_id = "AKIA1", .profile = "base"});
  plan.steps.emplace_back(SessionToken{.mfa = Mfa{.serial = "serial-1", .process = {}}, .duration = Seconds(3600)});
  aws::RoleRequest role;
  role.role_arn = "role";
  role.session_name = "name";
  role.external_id = "external";
  role.source_identity = "source";
  role.policy = "policy";
  role.policy_arns = {"a1", "a2"};
  role.tags = {{"k", "v"}};
  role.transitive_tag_keys = {"k"};
  role.contexts = {{"c", "a"}};
  role.duration = Seconds(1800);
  plan.steps.emplace_back(AssumeRole{std::move(role), std::nullopt});
  return plan;
}

std::string of(const Plan& plan, std::size_t count = 3) { return std::string(identity(plan, count).reveal_text()); }

aws::RoleRequest& role(Plan& plan) { return std::get_if<AssumeRole>(&plan.steps[2])->request; }

}  // namespace

TEST_CASE("every parameter of a log-in that can change the answer changes the identity") {
  const auto plan = [](const std::function<void(SamlRole&)>& change) {
    SamlRole step;
    step.endpoint = "https://idp.example/a";
    step.username = "ada";
    step.role_arn = "dev";
    step.policy = "p";
    step.policy_arns = {"a"};
    step.duration = Seconds(3600);
    change(step);
    Plan made = full_plan();
    made.steps = {step};
    return of(made, 1);
  };
  const std::function<void(SamlRole&)> kDifferent[] = {
      [](SamlRole&) {},
      [](SamlRole& s) { s.endpoint += "b"; },
      [](SamlRole& s) { s.username += "b"; },
      [](SamlRole& s) { s.role_arn.clear(); },
      [](SamlRole& s) { s.policy += "b"; },
      [](SamlRole& s) { s.policy_arns.clear(); },
      [](SamlRole& s) { s.duration.reset(); },
      [](SamlRole& s) {
        s.endpoint += "ada";
        s.username.clear();
      },
  };
  std::set<std::string> all;
  for (const auto& change : kDifferent) {
    all.insert(plan(change));
  }
  CHECK(all.size() == std::size(kDifferent));
  CHECK(plan([](SamlRole&) {}) == plan([](SamlRole& s) {
          s.code.oath_account = "x";
          s.user_field = "x";
          s.ca_bundle = CaBundle{.file = "x", .from = "", .unusable = {}};
          s.provider = SamlRole::Provider::okta;
        }));
}

TEST_CASE("every parameter that can change the answer changes the identity") {
  const std::pair<const char*, std::function<void(Plan&)>> kChanges[] = {
      {"host", [](Plan& p) { p.endpoint.origin.host = "sts.eu-west-1.amazonaws.com"; }},
      {"port", [](Plan& p) { p.endpoint.origin.port = 8443; }},
      {"scheme", [](Plan& p) { p.endpoint.origin.scheme = "http"; }},
      {"region", [](Plan& p) { p.endpoint.signing_region = "eu-west-1"; }},
      {"access key", [](Plan& p) { std::get_if<LongTermKeys>(&p.steps[0])->access_key_id = "AKIA2"; }},
      {"mfa serial", [](Plan& p) { std::get_if<SessionToken>(&p.steps[1])->mfa->serial = "serial-2"; }},
      {"no mfa", [](Plan& p) { std::get_if<SessionToken>(&p.steps[1])->mfa.reset(); }},
      {"role", [](Plan& p) { role(p).role_arn = "other"; }},
      {"session name", [](Plan& p) { role(p).session_name = "other"; }},
      {"generated name", [](Plan& p) { role(p).session_name.clear(); }},
      {"a name that says auto", [](Plan& p) { role(p).session_name = "auto"; }},
      {"external id", [](Plan& p) { role(p).external_id = "other"; }},
      {"source identity", [](Plan& p) { role(p).source_identity = "other"; }},
      {"policy", [](Plan& p) { role(p).policy = "other"; }},
      {"policy moved",
       [](Plan& p) {
         role(p).policy.clear();
         role(p).source_identity += "policy";
       }},
      {"policy ARN", [](Plan& p) { role(p).policy_arns[1] = "other"; }},
      {"policy ARNs joined", [](Plan& p) { role(p).policy_arns = {"a1a2"}; }},
      {"one policy ARN less", [](Plan& p) { role(p).policy_arns.pop_back(); }},
      {"tag key", [](Plan& p) { role(p).tags[0].key = "other"; }},
      {"tag value", [](Plan& p) { role(p).tags[0].value = "other"; }},
      {"tag split", [](Plan& p) { role(p).tags[0] = {"", "kv"}; }},
      {"transitive", [](Plan& p) { role(p).transitive_tag_keys.clear(); }},
      {"context", [](Plan& p) { role(p).contexts[0].assertion = "other"; }},
      {"duration", [](Plan& p) { role(p).duration = Seconds(1801); }},
      {"mfa on the role",
       [](Plan& p) { std::get_if<AssumeRole>(&p.steps[2])->mfa = Mfa{.serial = "serial-1", .process = {}}; }},
  };
  std::set<std::string> seen = {of(full_plan())};
  for (const auto& [what, change] : kChanges) {
    auto plan = full_plan();
    change(plan);
    CAPTURE(what);
    CHECK(seen.insert(of(plan)).second);
  }
}

TEST_CASE("an MFA session is the same in all regions, but not at other kinds of endpoints") {
  const auto at = [](std::string host, std::string region, bool usual = true) {
    auto plan = full_plan();
    plan.endpoint.origin.host = std::move(host);
    plan.endpoint.signing_region = std::move(region);
    plan.endpoint.usual = usual;
    return plan;
  };
  const auto virginia = at("sts.us-east-1.amazonaws.com", "us-east-1");
  for (const auto& other : {at("sts.eu-west-1.amazonaws.com", "eu-west-1"),
                            at("sts.ap-east-1.amazonaws.com", "ap-east-1"),
                            at("sts-fips.us-east-2.amazonaws.com", "us-east-2"),
                            at("vpce-1.sts.eu-west-1.vpce.amazonaws.com", "eu-west-1")}) {
    CHECK(of(other, 2) == of(virginia, 2));
    CHECK(of(other, 3) != of(virginia, 3));
  }
  std::set<std::string> apart = {of(virginia, 2)};
  for (const auto& other : {at("sts.amazonaws.com", "us-east-1"),
                            at("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
                            at("localhost", "us-east-1", false),
                            at("elsewhere", "us-east-1", false)}) {
    CHECK(apart.insert(of(other, 2)).second);
  }
  CHECK(of(at("localhost", "us-east-1", false), 2) == of(at("localhost", "eu-west-1", false), 2));
}

TEST_CASE("what cannot change the answer does not count") {
  auto plan = full_plan();
  std::get_if<LongTermKeys>(&plan.steps[0])->profile = "another";
  std::get_if<SessionToken>(&plan.steps[1])->duration.reset();
  std::get_if<SessionToken>(&plan.steps[1])->mfa->process = "a command";
  plan.endpoint.from = "a flag";
  plan.account_id = "1";
  CHECK(of(plan) == of(full_plan()));

  auto omitted = full_plan();
  role(omitted).duration.reset();
  auto usual = full_plan();
  role(usual).duration = Seconds(3600);
  CHECK(of(omitted) == of(usual));
}

TEST_CASE("fewer steps are another identity, and a prefix stands for itself") {
  CHECK(of(full_plan(), 2) != of(full_plan(), 3));
  auto plan = full_plan();
  role(plan).role_arn = "other";
  CHECK(of(plan, 2) == of(full_plan(), 2));
}

}  // namespace touchsts::issue
