#include "saml/login_page.h"

#include <doctest/doctest.h>

namespace touchsts::saml {
namespace {

// "log_in FORM: BODY", with U, P and C where user name, password and code go.
std::string wish(std::string_view html, Password password = Password::due, const FieldNames& names = {}) {
  const auto page = codec::read_html(html);
  REQUIRE(page);
  const auto found = find_wish(*page, names, password);
  if (!found) {
    return "nothing";
  }
  using enum Wish::Kind;
  std::vector<Filled> filled;
  if (found->kind == code) {
    filled.push_back({found->field, "C"});
  }
  if (found->user) {
    filled.push_back({*found->user, "U"});
  }
  if (found->password) {
    filled.push_back({*found->password, "P"});
  }
  const std::string kind = found->kind == assertion ? "assertion"
                           : found->kind == log_in  ? "log_in"
                           : found->kind == code    ? "code"
                                                    : "go_on";
  const auto& form = page->forms[found->form];
  if (found->kind == assertion) {
    return kind + " " + std::string(form.fields[found->field].value.reveal_text());
  }
  return kind + " " + form.action + ": " + std::string(encode_form(form, filled).reveal_text());
}

std::string action(std::string_view html, std::string_view page_at) {
  const auto page = codec::read_html(html);
  const auto found = action_of(*page, page->forms.front(), *codec::parse_location(page_at));
  return found ? to_text(*found) : found.error().text;
}

}  // namespace

TEST_CASE("the log-in pages of ADFS, old and new") {
  CHECK(wish("<form name='aspnetForm' method='post' action='/adfs/ls/?wa=1' id='aspnetForm'>"
             "<input type='hidden' name='__VIEWSTATE' value='/wE+' />"
             "<input name='ctl00$ContentPlaceHolder1$UsernameTextBox' type='text' id='u' />"
             "<input name='ctl00$ContentPlaceHolder1$PasswordTextBox' type='password' />"
             "<input type='submit' name='ctl00$ContentPlaceHolder1$SubmitButton' value='Sign In' /></form>") ==
        "log_in /adfs/ls/?wa=1: __VIEWSTATE=%2FwE%2B&ctl00%24ContentPlaceHolder1%24UsernameTextBox=U"
        "&ctl00%24ContentPlaceHolder1%24PasswordTextBox=P&ctl00%24ContentPlaceHolder1%24SubmitButton=Sign%20In");
  CHECK(wish("<form method=post id=hrd action=/h><input type=hidden name=HomeRealmSelection></form>"
             "<form method='post' id='loginForm' autocomplete='off' novalidate='novalidate' action='/adfs/ls'>"
             "<input id='userNameInput' name='UserName' type='email' value='' spellcheck='false' required>"
             "<input id='passwordInput' name='Password' type='password'>"
             "<input type='checkbox' name='Kmsi' id='kmsiInput' value='true'>"
             "<span id='submitButton' class='submit'>Sign in</span>"
             "<input id='optionForms' type='hidden' name='AuthMethod' value='FormsAuthentication'/></form>") ==
        "log_in /adfs/ls: UserName=U&Password=P&AuthMethod=FormsAuthentication");
}

TEST_CASE("the log-in pages of others") {
  // SimpleSAMLphp: a hidden field has no name.
  CHECK(
      wish("<form action='?' method='post' name='f'><input id='username' type='text' name='username' value=''>"
           "<input id='password' type='password' name='password'><input type='hidden' id='processing_trans' value='x'>"
           "<button id='submit_button'>Login</button><input type='hidden' name='AuthState' "
           "value='_1:https://x/?a'></form>") ==
      "log_in ?: username=U&password=P&AuthState=_1%3Ahttps%3A%2F%2Fx%2F%3Fa");
  // Keycloak, with a language list of its own.
  CHECK(wish("<form action='/lang' method=get><select name=l><option>en</select></form><form id=kc-form-login "
             "action='https://kc/auth?x=1&amp;y=2' method=post><input name=username><input type=password name=password>"
             "<input type=checkbox name=rememberMe><input type=hidden name=credentialId><input type=submit name=login "
             "value='Sign In'></form>") ==
        "log_in https://kc/auth?x=1&y=2: username=U&password=P&credentialId=&login=Sign%20In");
  // Shibboleth.
  CHECK(wish("<form method=post action=/idp?execution=e1s1><input type=hidden name=csrf_token value=_1><input "
             "name=j_username>"
             "<input type=password name=j_password><input type=checkbox name=donotcache value=1>"
             "<button type=submit name=_eventId_proceed>Login</button><button type=submit "
             "name=_eventId_cancel>No</button></form>") ==
        "log_in /idp?execution=e1s1: csrf_token=_1&j_username=U&j_password=P&_eventId_proceed=");
  // First the user name, then the password.
  CHECK(wish("<form method=post action=1><input type=email name=identifier></form>") == "log_in 1: identifier=U");
  CHECK(wish("<form method=post action=2><input type=password name=password></form>") == "log_in 2: password=P");
}

TEST_CASE("which field is the user name") {
  CHECK(wish("<form method=post><input name=company><input name=who><input type=password name=p></form>") ==
        "log_in : company=&who=U&p=P");
  CHECK(wish("<form method=post><input name=username><input name=domain><input type=password name=p></form>") ==
        "log_in : username=U&domain=&p=P");
  CHECK(wish("<form method=post><input type=hidden name=user value=old><input name=user><input type=password "
             "name=p></form>") == "log_in : user=old&user=U&p=P");
  CHECK(wish("<form method=post><input name=a><input name=b><input name=c><input type=password name=p></form>",
             Password::due,
             {.user = "a", .password = "c", .code = ""}) == "log_in : a=U&b=&c=P&p=");
}

TEST_CASE("a code is asked for after the password") {
  constexpr std::string_view kAdfs =
      "<form method=post action=/adfs/ls><input type=hidden name=AuthMethod value=AzureMfaAuthentication><input "
      "type=hidden name=Context "
      "value=c><input id=v type=text name=VerificationCode><input type=submit name=SignIn value=Go></form>";
  CHECK(wish(kAdfs, Password::sent) ==
        "code /adfs/ls: AuthMethod=AzureMfaAuthentication&Context=c&VerificationCode=C&SignIn=Go");
  CHECK(wish(kAdfs, Password::due) == "nothing");
  CHECK(wish("<form method=post action=x><input type=hidden name=s value=1><input type=tel name=field></form>",
             Password::sent) == "code x: s=1&field=C");
  CHECK(wish("<form method=post action=x><input type=password name=passcode></form>", Password::sent) ==
        "code x: passcode=C");
  CHECK(wish("<form action=/search><input name=q></form><form method=post action=x><input name=otp><input "
             "name=device></form>",
             Password::sent) == "code x: otp=C&device=");
  CHECK(wish("<form method=post action=x><input name=a><input name=b></form>", Password::sent) == "nothing");
  CHECK(wish("<form method=post action=x><input name=a><input name=b></form>",
             Password::sent,
             {.user = "", .password = "", .code = "b"}) == "code x: a=&b=C");
  // The log-in page once more is no page for a code.
  CHECK(wish("<form method=post action=x><input name=username><input type=password name=password></form>",
             Password::sent) == "log_in x: username=U&password=P");
}

TEST_CASE("an assertion, and pages that go on by themselves") {
  CHECK(wish("<body onload='document.forms[0].submit()'><noscript>Press</noscript><form method=post "
             "action='https://signin.aws.amazon.com/saml'>"
             "<input type=hidden name=SAMLResponse value='PHNh+/=='><input type=hidden name=RelayState></form>",
             Password::sent) == "assertion PHNh+/==");
  CHECK(wish("<form method=post action=/sso><input type=hidden name=SAMLRequest value=x><input type=submit "
             "value=Continue></form>") == "go_on /sso: SAMLRequest=x");
  CHECK(wish("<form method=post action=/sso><input type=hidden name=SAMLResponse value=''></form>") ==
        "go_on /sso: SAMLResponse=");
  CHECK(wish("<form action=/sso><input type=hidden name=a value=1></form>") == "nothing");
  CHECK(wish("<form method=post action=/1><input type=hidden name=a></form><form method=post action=/2><input "
             "type=hidden name=a></form>") == "nothing");
  CHECK(wish("<p>Maintenance") == "nothing");
}

TEST_CASE("where a form goes") {
  CHECK(action("<form>", "https://idp/a/b?c") == "https://idp/a/b?c");
  CHECK(action("<base href=https://cdn/><form action=' '>", "https://idp/a/b?c") == "https://idp/a/b?c");
  CHECK(action("<form action=x?y>", "https://idp/a/b?c") == "https://idp/a/x?y");
  CHECK(action("<base href=/z/><form action=x>", "https://idp/a/b?c") == "https://idp/z/x");
  CHECK(action("<form action=http://idp/x>", "https://idp/a/b?c") == "http://idp/x");  // who asks for it refuses
  CHECK(action("<form action='javascript:void(0)'>", "https://idp/a").contains("is not an http or https URL"));
}

}  // namespace touchsts::saml
