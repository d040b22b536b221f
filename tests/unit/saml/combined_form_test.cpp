// Forms that ask for user name, password and one-time code at once.
#include <doctest/doctest.h>

#include "fake/fake_log_in.h"

namespace touchsts::saml {
namespace {

using namespace fake::log_in;

constexpr std::string_view kCombined =
    "<title>Sign in</title><form method=post action=/login><input name=username><input type=password name=password>"
    "<input name=otp></form>";

std::string code_at(std::string_view form) {
  Case idp;
  idp.helper.codes = {"246802"};
  idp.page(std::format("<form method=post action=/in>{}</form>", form));
  idp.page(std::string(kAssertion));
  (void)idp.log_in();
  return idp.http.sent.back().body;
}

}  // namespace

TEST_CASE("a form with user name, password and code gets all three") {
  Case idp;
  idp.page(std::string(kCombined));
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.requests().ends_with(
      "POST https://idp.example/login username=ada%40example.com&password=p%26w&otp=123456\n"));
  CHECK(idp.helper.heard == "password https://idp.example\ncode 0 idp.example \n");
  CHECK(idp.helper.receivers == "https://idp.example\n");
}

TEST_CASE("which field beside a password is the code's") {
  CHECK(code_at("<input name=Ecom_User_ID><input type=password name=Ecom_Password><input name=Ecom_Token>") ==
        "Ecom_User_ID=ada%40example.com&Ecom_Password=p%26w&Ecom_Token=246802");
  CHECK(code_at("<input name=u><input type=password name=passcode><input type=password name=pw>") ==
        "u=ada%40example.com&passcode=246802&pw=p%26w");
  CHECK(code_at("<input name=who><input name=mfa><input type=password name=pw>") ==
        "who=ada%40example.com&mfa=246802&pw=p%26w");
  CHECK(code_at("<input name=username><input type=tel name=tokencode>") ==
        "username=ada%40example.com&tokencode=246802");
  // A user name that is called a code is one.
  CHECK(code_at("<input name=usercode><input type=password name=pw>") == "usercode=ada%40example.com&pw=p%26w");
  CHECK(code_at("<input name=code><input type=password name=pw>") == "code=ada%40example.com&pw=p%26w");
  // A password alone may be called a code.
  CHECK(code_at("<input name=user><input type=password name=passcode>") == "user=ada%40example.com&passcode=p%26w");
  // What is hidden, filled in already, or a riddle for a person is not for a code.
  CHECK(code_at("<input name=user><input type=password name=pw><input type=hidden name=code>") ==
        "user=ada%40example.com&pw=p%26w&code=");
  CHECK(code_at("<input name=user><input type=password name=pw><input name=token value=x>") ==
        "user=ada%40example.com&pw=p%26w&token=x");
  CHECK(code_at("<input name=user><input type=password name=pw><input name=captchaCode>") ==
        "user=ada%40example.com&pw=p%26w&captchaCode=");
}

TEST_CASE("the code's field of a sign-in form may be named") {
  Case idp;
  idp.request.names.code = "passwd1";
  idp.page(
      "<form method=post action=/in><input name=login><input type=password name=passwd><input type=password "
      "name=passwd1><input name=code></form>");
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.http.sent.back().body == "login=ada%40example.com&passwd=p%26w&passwd1=123456&code=");
}

TEST_CASE("user name first, then password and code") {
  Case idp;
  idp.page("<form method=post action=/1><input name=username></form>");
  idp.page("<form method=post action=/2><input type=password name=password><input name=otp></form>");
  idp.page(std::string(kAssertion));
  CHECK(idp.log_in() == "assertion PHNh");
  CHECK(idp.http.sent.back().body == "password=p%26w&otp=123456");

  // The same page again is a refusal, not a page for a code.
  Case wrong;
  wrong.helper.terminal = false;
  wrong.page("<form method=post action=/2><input type=password name=password><input name=otp></form>");
  wrong.page("<form method=post action=/2><input type=password name=password><input name=otp></form>");
  CHECK(wrong.log_in() == "https://idp.example does not take user name, password or code");
  CHECK(wrong.http.sent.size() == 2);
}

TEST_CASE("a form that refuses user name, password or code does not say which, and all are asked for again") {
  Case given;
  given.helper.terminal = false;
  given.page(std::string(kCombined));
  given.page(std::string(kCombined));
  CHECK(given.log_in() == "https://idp.example does not take user name, password or code");
  CHECK(given.error.fault == Fault::denied);
  CHECK(given.error.hint == "check them all");
  CHECK(given.http.sent.size() == 2);

  Case typed;
  typed.helper.codes = {"111111", "222222"};
  typed.page(std::string(kCombined));
  typed.page(std::string(kCombined));
  typed.page(std::string(kAssertion));
  CHECK(typed.log_in() == "assertion PHNh");
  CHECK(typed.helper.heard ==
        "password https://idp.example\ncode 0 idp.example \nhttps://idp.example does not take user name, password or "
        "code\npassword https://idp.example\ncode 0 idp.example \n");

  Case ends;
  ends.helper.codes = {"1", "2", "3", "4"};
  for (int i = 0; i < 9; ++i) {
    ends.page(std::string(kCombined));
  }
  CHECK(ends.log_in() == "https://idp.example does not take user name, password or code");
  CHECK(ends.http.sent.size() == 4);

  // A page for codes behind it: password and user name were right.
  Case code_again;
  code_again.helper.terminal = false;
  code_again.page(std::string(kCombined));
  code_again.page(std::string(kCodePage));
  CHECK(code_again.log_in() == "https://idp.example does not take the code");
}

TEST_CASE("without a code nothing is sent") {
  Case idp;
  idp.helper.codes.clear();
  idp.page(std::string(kCombined));
  CHECK(idp.log_in() == "no code");
  CHECK(idp.http.sent.size() == 1);
}

}  // namespace touchsts::saml
