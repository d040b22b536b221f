#include "cli/compat/options.h"

#include <doctest/doctest.h>

#include "cli/compat/front_ends.h"
#include "cli/profile_command.h"

namespace touchsts::cli::compat {
namespace {

constexpr Option kTable[] = {
    {"--token,--mfa-token", Option::Takes::secret, "a secret"},
    {"--duration", Option::Takes::number, "a number"},
    {"--device", Option::Takes::text, "a text"},
    {"--force,-f", Option::Takes::nothing, "a switch"},
    {"--profile,-p", Option::Takes::text, "a text"},
};
constexpr Manner kArgparse{.beginnings = true, .wary = true, .switch_values = false};
constexpr Manner kClick{.beginnings = false, .wary = false, .switch_values = false};
constexpr Manner kCobra{.beginnings = false, .wary = false, .switch_values = true};

// The words as they stand afterwards.
std::vector<std::string> left;

Result<Given> read(std::vector<std::string> words, Manner manner = kArgparse) {
  std::vector<char*> arguments;
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  auto given = read_options(kTable, arguments, manner);
  left = std::move(words);
  return given;
}

std::string trouble(std::vector<std::string> words, Manner manner = kArgparse) {
  const auto given = read(std::move(words), manner);
  return given ? "" : given.error().text;
}

}  // namespace

TEST_CASE("options in every manner of writing") {
  const auto given =
      read({"a", "--device", "d", "--dur=7", "-f", "-pdev", "b", "--mfa-t", "123456", "--", "--device", "x"});
  REQUIRE(given);
  CHECK(given->words == std::vector<std::string>{"a", "b"});
  CHECK(given->rest == std::vector<std::string>{"--device", "x"});
  CHECK(given->text("--device") == "d");
  CHECK(given->number("--duration") == 7);
  CHECK(given->has("--force"));
  CHECK(given->text("--profile") == "dev");
  REQUIRE(given->secret("--token") != nullptr);
  CHECK(given->secret("--token")->reveal_text() == "123456");
  CHECK_FALSE(given->has("--mfa-token"));
  CHECK(left[8] == "xxxxxx");
  REQUIRE(read({"--token=123456"}));
  CHECK(left[0] == "--token=xxxxxx");
}

TEST_CASE("programs are known by their names, and by those of Python's files") {
  for (const std::string_view name : {"awsmfa", "awsmfa.py"}) {
    CHECK(find_front_end(name) == &kAwsmfa);
  }
  for (const std::string_view name : {"aws-mfa.py", "aws_mfa.py"}) {
    CHECK(find_front_end(name) == &kAwsMfa);
  }
  CHECK(find_front_end("aws_credential_process.py") == &kAwsCredentialProcess);
  CHECK(find_front_end("awsprocesscreds_saml.py") == &kAwsprocesscredsSaml);
  for (const std::string_view name : {"", ".py", "touchsts", "touchsts.py", "aws_mfa", "awsmfa.pyc"}) {
    CHECK(find_front_end(name) == nullptr);
  }
}

TEST_CASE("an error advises only what the program has") {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"--token-code", "--token"},
                                                                      {"mfa_serial", "--device"}};
  const auto hint = [&](std::string_view text) {
    return in_own_words({Fault::other, "", std::string(text)}, kTable, kWords).hint;
  };
  CHECK(hint("run touchsts login in a terminal first, or set mfa_process, or give --saml-password-fd") ==
        "run it in a terminal first, or set mfa_process");
  CHECK(hint("wait, or give --token-code") == "wait, or give --token");
  CHECK(hint("name one with yubikey_serial, or --yubikey") == "name one with yubikey_serial");
  CHECK(hint("name one with --yubikey").empty());
  CHECK(hint("name it with --mfa-token or -f") == "name it with --mfa-token or -f");
  CHECK(hint("free it with: gpgconf --kill scdaemon") == "free it with: gpgconf --kill scdaemon");
  CHECK(hint("touchsts cache rekey --old-key-file FILE") == "touchsts cache rekey --old-key-file FILE");
  CHECK(in_own_words({Fault::other, "mfa_serial 'my_mfa_serial-x' is none", ""}, kTable, kWords).text ==
        "--device 'my_mfa_serial-x' is none");
}

TEST_CASE("the last one counts, and all can be had") {
  const auto given = read({"--device", "a", "--device", "b"});
  REQUIRE(given);
  CHECK(given->text("--device") == "b");
  CHECK(given->all("--device") == std::vector<std::string>{"a", "b"});
  CHECK(given->secret("--token") == nullptr);
  CHECK_FALSE(given->number("--duration"));
}

TEST_CASE("what does not fit is said") {
  CHECK(trouble({"--frob"}) == "unrecognized arguments: --frob");
  CHECK(trouble({"-x"}) == "unrecognized arguments: -x");
  CHECK(trouble({"-fx"}) == "argument -f: ignored explicit argument");
  CHECK(trouble({"--d", "x"}) == "ambiguous option: --d could match --duration, --device");
  CHECK(trouble({"--duration", "1h"}) == "argument --duration: invalid int value");
  CHECK(trouble({"--device"}) == "argument --device: expected one argument");
  CHECK(trouble({"--device", "--force"}) == "argument --device: expected one argument");
  CHECK(trouble({"--duration", "-5"}).empty());  // a number is no option
  CHECK(trouble({"--device=--force"}).empty());
  CHECK(trouble({"--force=true"}) == "argument --force: ignored explicit argument");
  CHECK(trouble({"--dev", "x"}, kClick) == "unrecognized arguments: --dev");
  CHECK(trouble({"--device", "--force"}, kClick).empty());
  CHECK(trouble({"--force=maybe"}, kCobra) == "argument --force: ignored explicit argument");
  CHECK_FALSE(read({"--force", "--force=false"}, kCobra)->has("--force"));
  CHECK(read({"--force=true"}, kCobra)->has("--force"));
  CHECK(read({"-"})->words == std::vector<std::string>{"-"});
}

TEST_CASE("what may be a code is not repeated") {
  for (const Manner manner : {kArgparse, kClick, kCobra}) {
    for (const std::string_view typed : {"-t739154",
                                         "-739154",
                                         "--739154",
                                         "--tokn739154",
                                         "--tokn:739154",
                                         "--tokn=739154",
                                         "-f739154",
                                         "--force=739154",
                                         "--force739154",
                                         "--duration=739154x",
                                         "--d=739154"}) {
      CAPTURE(typed);
      const std::string text = trouble({std::string(typed)}, manner);
      CHECK_FALSE(text.empty());
      CHECK_FALSE(text.contains("739154"));
    }
  }
  CHECK(trouble({"--tokn:739154"}) == "unrecognized arguments: --tokn");
  CHECK(trouble({"-739154"}) == "there is an argument too many");
  CHECK(trouble({"-f739154"}) == "argument -f: ignored explicit argument");
}

TEST_CASE("every name has its front end, and no other has one") {
  CHECK(program_names().size() == 6);
  for (const auto name : program_names()) {
    CHECK(find_front_end(name) != nullptr);
  }
  for (const std::string_view name : {"touchsts", "", "aws", "aws-mfa "}) {
    CHECK(find_front_end(name) == nullptr);
  }
}

TEST_CASE("a credential_process line that every SDK reads alike") {
  CHECK(process_line("/usr/bin/touchsts", "ops") == "/usr/bin/touchsts credential-process --profile ops");
  CHECK(process_line("/my tools/touchsts", "a/b@c") == "\"/my tools/touchsts\" credential-process --profile a/b@c");
  for (const std::string_view path :
       {"touchsts", "", "~/touchsts", "/a'b", "/a\"b", "/a$b", "/a`b", "/a\\b", "/a;b", "/a&b", "/\xC3\xA4"}) {
    CAPTURE(path);
    CHECK_FALSE(process_line(std::string(path), "ops"));
  }
  for (const std::string_view profile : {"a b", "", "$x", "a;b", "a'b"}) {
    CAPTURE(profile);
    CHECK_FALSE(process_line("/usr/bin/touchsts", std::string(profile)));
  }
}

}  // namespace touchsts::cli::compat
