// Servers that repeat a password or a code: what they say is not shown then.
#include <doctest/doctest.h>

#include "fake/fake_log_in.h"

namespace touchsts::saml {
namespace {

using namespace fake::log_in;

constexpr std::string_view kHidden = "[hidden: it contains a password or code]";

// Everything that a person or a log file gets to see.
std::string all_seen(const Case& idp) {
  std::string seen = idp.error.text + "\n" + idp.error.hint + "\n" + idp.helper.heard;
  for (const auto& line : idp.log.lines) {
    seen += line + "\n";
  }
  return seen;
}

void check_hidden(Case& idp, std::string_view secret = "p&w") {
  const std::string result = idp.log_in();
  CHECK_MESSAGE(!result.starts_with("assertion"), result);
  const std::string seen = all_seen(idp);
  CHECK_MESSAGE(!seen.contains(secret), seen);
  CHECK_MESSAGE(!seen.contains("p%26w"), seen);
  CHECK_MESSAGE(seen.contains(kHidden), seen);
}

}  // namespace

TEST_CASE("a title that repeats the password is not shown") {
  for (const std::string_view title : {"No user p&w", "P&amp;W is wrong", "p&amp;amp;w", "see ?q=p%26w"}) {
    Case idp;
    idp.page(std::string(kLogInPage));
    idp.page(std::format("<title>{}</title>", title));
    check_hidden(idp);
    CHECK(idp.error.text ==
          std::format("the page \"{}\" of https://idp.example cannot be answered: this step needs a browser", kHidden));
  }
  Case cut;  // where the text is cut, a part of it would be left
  cut.page(std::string(kLogInPage));
  cut.page(std::format("<title>{}p&w</title>", std::string(298, '.')));
  check_hidden(cut, ".p&");
  Case harmless;
  harmless.page(std::string(kLogInPage));
  harmless.page("<title>Sorry</title>");
  CHECK(harmless.log_in().contains("\"Sorry\""));
}

TEST_CASE("a title that repeats the code is not shown") {
  Case idp;
  idp.helper.terminal = false;
  idp.page(std::string(kLogInPage));
  idp.page(std::string(kCodePage));
  idp.page("<title>123456 is wrong</title>");
  check_hidden(idp, "123456");
}

TEST_CASE("buttons that repeat a password are not shown with it") {
  Case idp;
  idp.helper.choice = 2;
  idp.page(std::string(kLogInPage));
  idp.page(
      "<title>p&w?</title><form method=post action=/how><button name=w value=1>Send p&w</button><button name=w "
      "value=2>Call</button></form>");
  check_hidden(idp);
  CHECK(idp.helper.heard.contains("[Call]"));
}

TEST_CASE("addresses and types that repeat a password are neither shown nor logged") {
  Case path;
  path.page(std::string(kLogInPage));
  path.redirect(302, "/error/p&w");
  path.page("<title>x</title>");
  check_hidden(path);

  Case redirect;
  redirect.page(std::string(kLogInPage));
  redirect.redirect(302, "javascript:alert('p&w')");
  check_hidden(redirect);

  Case refresh;
  refresh.page(std::string(kLogInPage));
  refresh.page("<meta http-equiv=refresh content='0;url=app:p%26w'>");
  check_hidden(refresh);

  Case action;
  action.page(std::string(kLogInPage));
  action.page("<form method=post action='javascript:p&w'><input type=hidden name=a value=1></form>");
  check_hidden(action);

  Case type;
  type.page(std::string(kLogInPage));
  type.page("x", {{"content-type", "text/p&w"}});
  check_hidden(type);
}

TEST_CASE("Okta's words that repeat a password or code are not shown") {
  const auto okta = [](std::initializer_list<std::pair<int, std::string_view>> answers) {
    Case made;
    made.helper.terminal = false;
    made.request.provider = Provider::okta;
    for (const auto& [status, json] : answers) {
      made.json(std::string(json), status);
    }
    return made.log_in() + "\n" + all_seen(made);
  };
  for (const auto& seen : {okta({{400, R"({"errorCode":"E1","errorSummary":"p&w is bad"})"}}),
                           okta({{400, R"({"errorCauses":[{"errorSummary":"p&w is bad"}]})"}}),
                           okta({{200, R"({"status":"p&w"})"}}),
                           okta({{200,
                                  R"({"status":"MFA_REQUIRED","stateToken":"s","_embedded":{"factors":[{"id":"q",)"
                                  R"("factorType":"question","profile":{"questionText":"p&w"}}]}})"},
                                 {400, "{}"}}),
                           okta({{200,
                                  R"({"status":"MFA_REQUIRED","stateToken":"s","_embedded":{"factors":[{"id":"q",)"
                                  R"("factorType":"p&w"}]}})"}})}) {
    CHECK_MESSAGE(!seen.contains("p&w"), seen);
    CHECK_MESSAGE(seen.contains(kHidden), seen);
  }
}

TEST_CASE("a form that would put a password into a URL is not sent") {
  const auto choice = [](std::string_view hidden) {
    return std::format(
        "<form method=post action=/how><input type=hidden name=again value='{}'><button name=w value=a>Phone</button>"
        "<button name=w value=b formmethod=get>Elsewhere</button></form>",
        hidden);
  };
  for (const std::string_view echoed : {"p&amp;w", "user=ada;password=p&amp;w;"}) {
    Case idp;
    idp.helper.choice = 1;
    idp.page(std::string(kLogInPage));
    idp.page(choice(echoed));
    CHECK(idp.log_in() == "the form of https://idp.example would put what you typed into a URL");
    CHECK(idp.http.sent.size() == 2);
  }
  Case harmless;
  harmless.helper.choice = 1;
  harmless.page(std::string(kLogInPage));
  harmless.page(choice("s"));
  harmless.page(std::string(kAssertion));
  CHECK(harmless.log_in() == "assertion PHNh");
  CHECK(harmless.requests().ends_with("GET https://idp.example/how?again=s&w=b\n"));
}

}  // namespace touchsts::saml
