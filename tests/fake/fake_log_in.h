// A log-in at a FakeSite: who is asked there, and the pages that most tests begin and end with.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "fake/fake_site.h"
#include "saml/log_in.h"

namespace touchsts::fake::log_in {

struct FakeHelper : saml::Helper {
  std::deque<std::string> codes = {"123456"};
  std::size_t choice = 0;
  std::string heard;      // what was asked and told
  std::string receivers;  // of codes
  bool terminal = true;
  bool code_last = false;    // what was given last
  bool retry_codes = false;  // though nobody can type a password
  std::string hint;          // about the password

  Result<Secret> password(const codec::Origin& to) override {
    heard += "password " + to_text(to) + "\n";
    code_last = false;
    return Secret("p&w");
  }
  Result<Secret> code(const saml::CodeWish& wish) override {
    receivers += to_text(wish.to) + "\n";
    code_last = true;
    heard += "code " + std::to_string(static_cast<int>(wish.kind)) + " " + wish.issuer + " " + wish.label + "\n";
    if (codes.empty()) {
      return fail(Fault::denied, "no code");
    }
    const std::string code = codes.front();
    codes.pop_front();
    return Secret(code);
  }
  std::string password_hint() override { return hint; }
  bool may_retry() override { return terminal || (retry_codes && code_last); }
  Result<std::size_t> choose(std::string_view question, const std::vector<std::string>& labels) override {
    heard += std::string(question) + ":";
    for (const auto& label : labels) {
      heard += " [" + label + "]";
    }
    heard += "\n";
    return choice;
  }
  void tell(std::string_view text) override { heard += std::string(text) + "\n"; }
};

struct Case : FakeSite {
  using FakeSite::FakeSite;

  FakeHelper helper;
  saml::LogInRequest request{.provider = saml::Provider::forms,
                             .endpoint = *codec::parse_location("https://idp.example/start"),
                             .username = "ada@example.com",
                             .names = {},
                             .destination = {}};

  Error error;  // of the last log_in

  std::string log_in() {
    const auto assertion = saml::log_in(request, web, clock, helper);
    error = assertion ? Error() : assertion.error();
    return assertion ? "assertion " + std::string(assertion->reveal_text()) : error.text;
  }
};

inline constexpr std::string_view kLogInPage =
    "<form method=post action=/login><input type=hidden name=s value=1><input name=username><input type=password "
    "name=password></form>";
inline constexpr std::string_view kAssertion =
    "<form method=post action=https://signin.aws.amazon.com/saml><input type=hidden name=SAMLResponse "
    "value=PHNh></form>";
inline constexpr std::string_view kCodePage =
    "<title>Code</title><form method=post action=/code><input name=otp></form>";

}  // namespace touchsts::fake::log_in
