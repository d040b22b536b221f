#include "saml/browser.h"

#include <functional>

#include <doctest/doctest.h>

#include "fake/fake_world.h"
#include "saml/aws_sign_in.h"

namespace touchsts::saml {
namespace {

// A browser as a script: what it says to each message. Strings end in a zero byte on their way.
struct FakeBrowser {
  fake::FakeSockets sockets;
  std::vector<std::string> heard;
  std::optional<codec::Location> destination;
  std::function<std::string(const std::string&)> reply;
  fake::FakeSockets::Stream stream{sockets};

  FakeBrowser() {
    sockets.answer = [this](std::span<const std::byte> bytes) {
      std::string said;
      if (!bytes.empty()) {
        heard.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1);
        said = reply(heard.back());
      }
      const auto all = std::as_bytes(std::span(said));
      return std::vector<std::byte>(all.begin(), all.end());
    };
  }

  std::string log_in() {
    const auto response = by_browser(stream, "https://idp.example/start?a=\"b#/saml", destination, {});
    return response ? "response " + std::string(response->reveal_text()) : response.error().text;
  }
};

std::string message(std::string_view text) { return std::string(text) + std::string(1, '\0'); }

std::string paused(std::string_view url, std::string_view method, std::string_view data) {
  return message(std::format(
      R"({{"method":"Fetch.requestPaused","params":{{"requestId":"r1","request":{{"url":"{}","method":"{}","postData":"{}"}},"networkId":"n"}}}})",
      url,
      method,
      data));
}

std::string usual(const std::string& heard) {
  return heard.contains("createTarget") ? message(R"({"id":3,"result":{"targetId":"W"}})") : "";
}

}  // namespace

TEST_CASE("another receiver of the assertion is the only one") {
  FakeBrowser browser;
  browser.destination = *codec::parse_location("https://sts.example:8443/acs?x=1");
  browser.reply = [](const std::string& heard) {
    return usual(heard) + (heard.contains("createTarget")
                               ? paused("https://signin.aws.amazon.com/saml", "POST", "SAMLResponse=AWS") +
                                     paused("https://sts.example:8443/acs", "POST", "SAMLResponse=short") +
                                     paused("https://sts.example:8443/acs?x=1", "POST", "SAMLResponse=ours")
                               : "");
  };
  CHECK(browser.log_in() == "response ours");
  CHECK(browser.heard[0].contains(R"({"patterns":[{"urlPattern":"https://sts.example:8443/acs*"}]})"));
}

TEST_CASE("the assertion is taken on its way to AWS, and a page is shown in its place") {
  FakeBrowser browser;
  browser.reply = [](const std::string& heard) {
    return usual(heard) +
           (heard.contains("createTarget")
                ? paused("https://signin.aws.amazon.com/saml", "GET", "") +
                      paused("https://signin.aws.amazon.com/saml", "POST", "RelayState=&SAMLResponse=PHN%2Bbw%3D%3D")
                : "");
  };
  CHECK(browser.log_in() == "response PHN+bw==");
  REQUIRE(browser.heard.size() == 5);
  CHECK(browser.heard[0].contains(R"("method":"Fetch.enable")"));
  CHECK(browser.heard[0].contains(R"("https://*signin.amazonaws.cn/saml*")"));
  CHECK(browser.heard[1].contains(R"("discover":true)"));
  CHECK(browser.heard[2].contains(R"({"url":"https://idp.example/start?a=\"b#/saml","newWindow":true})"));
  CHECK(browser.heard[3] == R"({"id":4,"method":"Fetch.continueRequest","params":{"requestId":"r1"}})");
  CHECK(browser.heard[4].contains(R"("method":"Fetch.fulfillRequest","params":{"requestId":"r1","responseCode":200)"));
}

TEST_CASE("a page that is gone before it could go on ends nothing") {
  FakeBrowser browser;
  browser.reply = [](const std::string& heard) {
    return usual(heard) +
           (heard.contains("createTarget") ? paused("https://signin.aws.amazon.com/saml", "GET", "") : "") +
           (heard.contains("continueRequest")
                ? message(R"({"id":4,"error":{"code":-32602,"message":"Invalid InterceptionId."}})") +
                      paused("https://signin.aws.amazon.com/saml", "POST", "SAMLResponse=PHN")
                : "");
  };
  CHECK(browser.log_in() == "response PHN");
}

TEST_CASE("what can end a log-in with a browser") {
  const std::pair<std::string, std::string_view> kEnds[] = {
      {message(R"({"method":"Target.targetDestroyed","params":{"targetId":"other"}})") +
           message(R"({"method":"Target.targetDestroyed","params":{"targetId":"W"}})"),
       "the browser's window was closed"},
      {message(R"({"id":3,"error":{"code":-32000,"message":"no \u001b[2J"}})"), "the browser says: no ?[2J"},
      {message("no JSON"), "does not speak the DevTools protocol"},
      {"", "timed out waiting for the log-in in the browser"},
  };
  for (const auto& [says, text] : kEnds) {
    FakeBrowser browser;
    browser.reply = [&says](const std::string& heard) {
      return usual(heard) + (heard.contains("createTarget") ? says : "");
    };
    CHECK(browser.log_in().contains(text));
  }
  FakeBrowser browser;
  browser.reply = [](const std::string&) { return ""; };
  browser.sockets.gone = true;
  CHECK(browser.log_in().contains("the browser has ended"));
  browser.sockets.deaf = true;
  CHECK(browser.log_in().contains("the browser has ended"));
}

TEST_CASE("a browser that ends when it has sent the assertion is none too early") {
  FakeBrowser browser;
  browser.reply = [&browser](const std::string& heard) {
    browser.sockets.deaf = heard.contains("createTarget");
    return usual(heard) +
           (browser.sockets.deaf ? paused("https://signin.aws.amazon.com/saml", "POST", "SAMLResponse=PHN") : "");
  };
  CHECK(browser.log_in() == "response PHN");
}

TEST_CASE("assertions go to AWS's sign-in of every partition, and nowhere else") {
  for (const char* const url : {"https://signin.aws.amazon.com/saml",
                                "https://eu-west-1.signin.aws.amazon.com/saml?x=1",
                                "https://signin.amazonaws.cn/saml",
                                "https://signin.amazonaws-us-gov.com/saml/",
                                "https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml"}) {
    CHECK_MESSAGE(takes_assertions(*codec::parse_location(url)), url);
  }
  for (const char* const url : {"http://signin.aws.amazon.com/saml",
                                "https://signin.aws.amazon.com:8443/saml",
                                "https://signin.aws.amazon.com/samlx",
                                "https://signin.aws.amazon.com.evil.example/saml",
                                "https://evilsignin.aws.amazon.com/saml",
                                "https://evil.example/saml"}) {
    CHECK_FALSE_MESSAGE(takes_assertions(*codec::parse_location(url)), url);
  }
  CHECK_FALSE(response_of("XSAMLResponse=a&SAMLResponse="));
  CHECK_FALSE(response_of("SAMLResponse"));
  CHECK_FALSE(response_of("SAMLResponse=%zz"));
  CHECK(response_of("SAMLResponse=a%2Fb&x=1")->reveal_text() == "a/b");
}

}  // namespace touchsts::saml
