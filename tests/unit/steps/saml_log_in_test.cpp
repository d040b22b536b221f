#include <algorithm>

#include <doctest/doctest.h>

#include "cache/stored_keys.h"
#include "cli/run.h"
#include "codec/base64.h"
#include "fake/fake_world.h"

// A whole run, since all that a log-in touches is the world: pages, a terminal, a key store, STS.
namespace touchsts::steps {
namespace {

constexpr std::string_view kPage =
    "<form method=post action=/in><input name=user><input type=password name=password></form>";
constexpr std::string_view kCodePage = "<form method=post action=/code><input name=otp></form>";
constexpr std::string_view kAnswer =
    R"(<AssumeRoleWithSAMLResponse><AssumeRoleWithSAMLResult><Credentials><AccessKeyId>ASIASAMLSAMLSAMLSAML</AccessKeyId>
<SecretAccessKey>samlsecret</SecretAccessKey><SessionToken>samltoken</SessionToken><Expiration>2023-11-14T23:13:20Z</Expiration></Credentials>
</AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>)";

std::string response(std::initializer_list<std::string_view> roles, std::string_view duration = "") {
  std::string xml =
      "<Response><Assertion><AttributeStatement><Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">";
  for (const auto role : roles) {
    xml += std::format(
        "<AttributeValue>arn:aws:iam::123456789012:role/{},arn:aws:iam::123456789012:saml-provider/corp</"
        "AttributeValue>",
        role);
  }
  xml += "</Attribute>";
  if (!duration.empty()) {
    xml += std::format(
        "<Attribute "
        "Name=\"https://aws.amazon.com/SAML/Attributes/SessionDuration\"><AttributeValue>{}</AttributeValue></"
        "Attribute>",
        duration);
  }
  xml += "</AttributeStatement></Assertion></Response>";
  return std::string(codec::base64_encode(std::as_bytes(std::span(xml))).reveal_text());
}

std::string assertion_page(const std::string& value) {
  return std::format(
      "<form method=post action=https://signin.aws.amazon.com/saml><input name=SAMLResponse value='{}'></form>", value);
}

struct LogIn {
  fake::FakeWorld world;
  std::vector<std::string> words = {
      "saml", "-e", "https://idp.example/start", "-u", "ada", "--region", "us-east-1", "--no-cache"};

  LogIn() {
    world.environment = io::Environment{.block = nullptr, .variables = {{"TERM", "xterm"}}};
    world.terminal.answers = {"p&w"};
  }
  void answers(std::initializer_list<std::string_view> bodies) {
    for (const auto body : bodies) {
      world.http.replies.push_back({.body = std::string(body)});
    }
  }
  int run(std::vector<std::string> more = {}) {
    auto all = words;
    all.insert(all.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (auto& word : all) {
      arguments.push_back(word.data());
    }
    return cli::run(arguments, world.world);
  }
};

}  // namespace

TEST_CASE("from a name and a password to credentials") {
  LogIn log_in;
  const std::string value = response({"dev"}, "7200");
  log_in.answers({kPage, assertion_page(value), kAnswer});
  REQUIRE_MESSAGE(log_in.run() == 0, log_in.world.output.err);
  CHECK(
      log_in.world.output.out ==
      R"({"Version":1,"AccessKeyId":"ASIASAMLSAMLSAMLSAML","SecretAccessKey":"samlsecret","SessionToken":"samltoken",)"
      R"("Expiration":"2023-11-14T23:13:20Z","AccountId":"123456789012"})"
      "\n");
  CHECK(log_in.world.terminal.prompts == std::vector<std::string>{"Password of ada at https://idp.example: "});
  const auto& sent = log_in.world.http.sent;
  REQUIRE(sent.size() == 3);
  CHECK(sent[1].path == "/in");
  CHECK(sent[1].body == "user=ada&password=p%26w");
  CHECK(sent[2].host == "https://sts.us-east-1.amazonaws.com");
  CHECK(sent[2].body.starts_with(
      "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012"));
  CHECK(sent[2].body.ends_with("&DurationSeconds=7200"));
  CHECK_FALSE(sent[2].headers.contains("authorization"));
}

TEST_CASE("pages that are read without a jail are not read in silence") {
  LogIn log_in;
  log_in.answers({kPage, assertion_page(response({"dev"})), kAnswer});
  REQUIRE(log_in.run() == 0);
  CHECK_FALSE(log_in.world.log.lines.empty());
  const auto tells = [](const std::string& line) { return line.contains("cannot be filtered"); };
  CHECK_FALSE(std::ranges::any_of(log_in.world.log.lines, tells));
  log_in.world.html.jails = false;
  log_in.world.terminal.answers = {"p"};
  log_in.answers({kPage, assertion_page(response({"dev"})), kAnswer});
  REQUIRE(log_in.run() == 0);
  CHECK(std::ranges::any_of(log_in.world.log.lines, tells));
}

TEST_CASE("a duration that the identity provider gives and the role does not allow is left to STS") {
  LogIn log_in;
  log_in.answers({kPage, assertion_page(response({"dev"}, "43200"))});
  const std::string refusal =
      "<ErrorResponse><Error><Code>ValidationError</Code><Message>The requested DurationSeconds exceeds the "
      "MaxSessionDuration set for this role.</Message></Error></ErrorResponse>";
  log_in.world.http.replies.push_back({.status = 400, .body = refusal});
  log_in.answers({kAnswer});
  CHECK(log_in.run() == 0);
  CHECK_FALSE(log_in.world.http.sent.back().body.contains("DurationSeconds"));
  SUBCASE("but not one that a person gives") {
    LogIn other;
    other.answers({kPage, assertion_page(response({"dev"}, "43200"))});
    other.world.http.replies.push_back({.status = 400, .body = refusal});
    CHECK(other.run({"--duration-seconds", "7200"}) == 3);
    CHECK(other.world.http.sent.size() == 3);
  }
}

TEST_CASE("the role is chosen by who logs in, or by its name") {
  LogIn log_in;
  log_in.world.terminal.keys = {"o", "p", "\r"};
  log_in.answers({kPage, assertion_page(response({"dev", "team/ops"})), kAnswer});
  REQUIRE(log_in.run() == 0);
  CHECK(log_in.world.terminal.shown ==
        std::vector<std::string>{"Role (arrows, letters, Enter): op", "> 123456789012  team/ops"});
  CHECK(log_in.world.http.sent.back().body.contains("role%2Fteam%2Fops&"));
  log_in.world.terminal.answers = {"p"};
  log_in.answers({kPage, assertion_page(response({"dev", "team/ops"})), kAnswer});
  REQUIRE(log_in.run({"--role", "OPS"}) == 0);
  CHECK(log_in.world.http.sent.back().body.contains("role%2Fteam%2Fops&"));
  log_in.answers({kPage, assertion_page(response({"dev", "ops"}))});
  log_in.world.terminal.answers = {"p"};
  CHECK(log_in.run({"--role", "x"}) == 4);
}

TEST_CASE("a code is asked for once, and is not sent twice") {
  LogIn log_in;
  log_in.world.terminal.answers = {"p", "12 34 56 78"};
  log_in.answers({kPage, kCodePage, assertion_page(response({"dev"})), kAnswer});
  REQUIRE_MESSAGE(log_in.run() == 0, log_in.world.output.err);
  CHECK(log_in.world.terminal.prompts.back().starts_with("MFA code of ada at https://idp.example for profile "));
  CHECK(log_in.world.http.sent[2].body == "otp=12345678");
}

// The endpoint redirects to another origin, whose page asks.
void go_elsewhere(LogIn& log_in, std::string_view page, const std::string& to = "https://other.example/login") {
  log_in.world.http.replies.push_back({.status = 302, .headers = {{"location", to}}});
  log_in.answers({page});
}

constexpr std::string_view kTrust = "add saml_origins = [\"https://other.example\"] to the profile";

TEST_CASE("a password that comes without a person goes to the endpoint and to saml_origins only") {
  const auto with_pipe = [](LogIn& log_in, std::vector<std::string> more = {}) {
    log_in.world.terminal.answers.clear();
    log_in.world.files.descriptors[5] = "geheim\n";
    more.insert(more.end(), {"--saml-password-fd", "5"});
    return log_in.run(more);
  };
  LogIn log_in;
  go_elsewhere(log_in, kPage);
  CHECK(with_pipe(log_in) == 3);
  CHECK(log_in.world.output.err.contains(
      "https://other.example asks for the password of ada, which goes without a prompt only to https://idp.example"));
  CHECK(log_in.world.output.err.contains(kTrust));
  CHECK(log_in.world.terminal.prompts.empty());
  CHECK(log_in.world.http.sent.size() == 2);

  LogIn trusted;
  go_elsewhere(trusted, kPage);
  trusted.answers({assertion_page(response({"dev"})), kAnswer});
  REQUIRE_MESSAGE(with_pipe(trusted, {"--saml-origins", "https://third.example,https://OTHER.example:443"}) == 0,
                  trusted.world.output.err);
  CHECK(trusted.world.http.sent[2].body == "user=ada&password=geheim");

  // A person who sees the name may type it.
  LogIn typed;
  go_elsewhere(typed, kPage);
  typed.answers({assertion_page(response({"dev"})), kAnswer});
  REQUIRE(typed.run() == 0);
  CHECK(typed.world.terminal.prompts == std::vector<std::string>{"Password of ada at https://other.example: "});
}

TEST_CASE("a code that comes without a person goes to the endpoint and to saml_origins only") {
  const auto at_the_code = [](LogIn& log_in) {
    log_in.answers({kPage});
    go_elsewhere(log_in, kCodePage);
  };
  LogIn given;
  at_the_code(given);
  CHECK(given.run({"--token-code", "123456"}) == 3);
  CHECK(given.world.output.err.contains(
      "https://other.example asks for an MFA code, which goes without a prompt only to https://idp.example"));
  CHECK(given.world.output.err.contains(kTrust));
  CHECK(given.world.http.sent.size() == 3);

  LogIn by_command;
  by_command.world.config(
      "[profile corp]\nsaml_endpoint = https://idp.example/start\nsaml_username = ada\nregion = us-east-1\n"
      "mfa_process = /bin/code\n");
  by_command.words = {"credential-process", "--profile", "corp", "--no-cache"};
  at_the_code(by_command);
  CHECK(by_command.run() == 3);
  CHECK(by_command.world.output.err.contains("https://other.example asks for an MFA code"));
  CHECK(by_command.world.programs.ran.empty());

  LogIn typed;
  typed.world.terminal.answers = {"p", "123456"};
  at_the_code(typed);
  typed.answers({assertion_page(response({"dev"})), kAnswer});
  REQUIRE_MESSAGE(typed.run() == 0, typed.world.output.err);
  CHECK(typed.world.terminal.prompts.back().starts_with("MFA code of ada at https://other.example for profile "));
}

TEST_CASE("the identity provider's CA bundle also counts for a role that starts from its profile") {
  LogIn log_in;
  log_in.world.config(
      "[profile corp]\nsaml_endpoint = https://idp.example/start\nsaml_username = ada\nregion = us-east-1\n"
      "saml_ca_bundle = /idp.pem\n[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = "
      "corp\nregion = us-east-1\n");
  for (const std::string profile : {"corp", "ops"}) {
    log_in.world.http.bundles.clear();
    log_in.words = {"credential-process", "--profile", profile, "--no-cache"};
    log_in.answers({kPage});
    (void)log_in.run();
    CHECK(log_in.world.http.bundles["https://idp.example"] == "/idp.pem");
  }
}

TEST_CASE("the words of an identity provider that refuses are not shown when they repeat a password") {
  const auto refusal = [](std::string_view message) {
    const std::string xml = std::format(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\"><p:Status><p:StatusCode "
        "Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"/><p:StatusMessage>{}</p:StatusMessage></p:Status></"
        "p:Response>",
        message);
    LogIn log_in;
    log_in.answers(
        {kPage, assertion_page(std::string(codec::base64_encode(std::as_bytes(std::span(xml))).reveal_text()))});
    CHECK(log_in.run() == 4);
    return log_in.world.output.err;
  };
  CHECK(refusal("no p+w").contains("refused the sign-in: no p+w"));
  CHECK(refusal("no p&amp;w").contains("[hidden: it contains a password or code]"));
  CHECK_FALSE(refusal("no p&amp;w").contains("p&w"));
}

TEST_CASE("what is missing is called what it is") {
  LogIn log_in;
  log_in.world.files.descriptors[5] = "p\n";
  log_in.world.terminal.reached = false;
  log_in.world.terminal.answers.clear();
  log_in.answers({kPage, kCodePage});
  CHECK(log_in.run({"--saml-password-fd", "5"}) == 6);
  CHECK(log_in.world.output.err.contains("an MFA code is needed, but "));
  CHECK(log_in.world.output.err.contains("--token-code"));
  CHECK_FALSE(log_in.world.output.err.contains("password"));
}

TEST_CASE("nobody is asked where that is forbidden") {
  LogIn log_in;
  log_in.answers({kPage});
  CHECK(log_in.run({"--no-prompt"}) == 6);
  CHECK(log_in.world.terminal.prompts.empty());
  CHECK(log_in.run({"--provider", "browser", "--no-prompt"}) == 6);
  CHECK(log_in.world.programs.apart.empty());
}

TEST_CASE("a browser is looked for, told where to keep its profile, and left for a last look") {
  LogIn log_in;
  auto& programs = log_in.world.programs;
  programs.installed = {"google-chrome"};
  const std::string value = response({"dev"});
  programs.browser.answer = [&value](std::span<const std::byte> bytes) {
    const std::string_view heard(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::string said;
    if (heard.contains("createTarget")) {
      std::string escaped;
      for (const char c : value) {
        escaped += c == '=' ? "%3D" : c == '+' ? "%2B" : std::string(1, c);
      }
      said = std::format(
          R"({{"method":"Fetch.requestPaused","params":{{"requestId":"r","request":{{"url":"https://signin.aws.amazon.com/saml","method":"POST","postData":"SAMLResponse={}"}}}}}})",
          escaped);
      said += '\0';
    }
    const auto all = std::as_bytes(std::span(said));
    return std::vector<std::byte>(all.begin(), all.end());
  };
  log_in.answers({kAnswer});
  REQUIRE_MESSAGE(log_in.run({"--provider", "browser"}) == 0, log_in.world.output.err);
  REQUIRE(programs.apart.size() == 6);
  CHECK(programs.apart[0] == "google-chrome");
  CHECK(programs.apart[2] == "--user-data-dir=/home/ada/.local/share/touchsts-browser");
  CHECK(programs.left == Seconds(5));
  CHECK(log_in.world.terminal.told.back().contains("log in at https://idp.example in the browser's window"));
  programs.installed.clear();
  CHECK(log_in.run({"--provider", "browser"}) == 3);
}

}  // namespace touchsts::steps
