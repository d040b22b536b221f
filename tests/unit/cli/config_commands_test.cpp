// config, doctor and cache where files are broken or hold what is not to be shown.
#include <algorithm>

#include <doctest/doctest.h>

#include "cli/run.h"
#include "fake/fake_world.h"

namespace touchsts::cli {
namespace {

constexpr std::string_view kConfig = "/home/ada/.aws/config";

struct Bench {
  fake::FakeWorld world;

  Bench() {
    world.config("[profile ops]\nrole_arn=arn:aws:iam::123456789012:role/ops\nsource_profile=base\nregion=us-east-1\n");
    world.credentials("[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=basesecret\n");
  }

  // "CODE what was printed".
  std::string run(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    world.output = {};
    const int code = cli::run(arguments, world.world);
    return std::to_string(code) + " " + world.output.out + world.output.err;
  }
};

TEST_CASE("passwords in URLs are not shown") {
  Bench bench;
  bench.world.config(
      "[profile corp]\nsaml_endpoint=https://ada:hunter2@idp.example/app\nsaml_username=ada\n"
      "mfa_process=/bin/code https://ada:hunter2@codes.example\nsaml_origins=https://ada:hunter2@b.example\n"
      "endpoint_url=https://ada:hunter2@sts.example\n"
      "[services local]\nsts =\n  endpoint_url=https://ada:hunter2@sts.example\n");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"config", "show"},
                                             {"config", "show", "--format", "json"},
                                             {"config", "check"},
                                             {"config", "explain", "-p", "corp"},
                                             {"login", "-p", "corp"},
                                             {"doctor"}}) {
    CAPTURE(words.back());
    const std::string said = bench.run(words);
    CHECK_FALSE(said.contains("hunter"));
    CHECK((!std::ranges::contains(words, std::string("show")) || said.contains("https://ada:***@idp.example/app")));
  }
}

TEST_CASE("a broken key file is told by explain") {
  Bench bench;
  bench.world.environment.variables["TOUCHSTS_KEY_FILE"] = "/key";
  const auto explained = [&] { return bench.run({"config", "explain", "-p", "ops"}); };
  CHECK(explained().contains("cache_key_unusable: key file /key (TOUCHSTS_KEY_FILE): there is no such file"));
  CHECK(explained().contains("cache: cannot be read: the cache key is unusable"));
  bench.world.files.files["/key"] = {.text = "short"};
  CHECK(explained().contains("it needs at least 32 random bytes"));
  bench.world.files.files["/key"] = {.text = std::string(32, 'k'), .pipe = true};
  CHECK(explained().contains("it is a pipe, not a regular file"));
  bench.world.files.files["/key"] = {.text = std::string(32, 'k')};
  CHECK_FALSE(explained().contains("unusable"));
  CHECK(explained().contains("cache: not held"));
}

TEST_CASE("what does not need AWS's files goes on without them") {
  for (const bool torn_config : {true, false}) {
    Bench bench;
    torn_config ? bench.world.config("[profile x\n") : bench.world.credentials("[base]\n  = nothing\nx\n");
    const std::string path = torn_config ? std::string(kConfig) : "/home/ada/.aws/credentials";
    CHECK(bench.run({"cache", "list"}) == "0 ");
    CHECK(bench.run({"cache", "status"}).starts_with("0 "));
    CHECK(bench.run({"cache", "clear"}) == "0 0 removed\n");
    CHECK(bench.run({"cache", "lock"}).starts_with("0 "));
    const std::string healed = bench.run({"doctor"});
    CHECK(healed.starts_with("3 "));
    CHECK(healed.contains("trouble  configuration: " + path));
    CHECK(healed.contains("asking: "));  // the last of what is looked at
    CHECK(bench.run({"config", "check"}).starts_with("3 error: " + path));
    CHECK(bench.run({"config", "show"}).starts_with("3 touchsts: " + path));
    CHECK(bench.run({"login", "-p", "ops"}).starts_with("3 touchsts: " + path));
  }
}

TEST_CASE("the key of the cache may be named in config.toml, so that must be sound") {
  Bench bench;
  bench.world.own("[cache\n");
  for (const char* const word : {"list", "status", "lock"}) {
    CHECK(bench.run({"cache", word}).starts_with("3 touchsts: /home/ada/.config/touchsts/config.toml"));
  }
  CHECK(bench.run({"cache", "clear"}) == "0 0 removed\n");
  CHECK(bench.run({"doctor"}).contains("trouble  configuration: /home/ada/.config/touchsts/config.toml"));
  CHECK(bench.run({"doctor", "--config", "/none"}).contains("trouble  configuration: /none: there is no such file"));
}

TEST_CASE("pipes are waited for no longer than --timeout") {
  Bench bench;
  bench.run({"config", "show"});
  CHECK_FALSE(bench.world.files.deadline);
  bench.run({"login", "-p", "ops", "--timeout", "7"});
  REQUIRE(bench.world.files.deadline);
}

}  // namespace
}  // namespace touchsts::cli
