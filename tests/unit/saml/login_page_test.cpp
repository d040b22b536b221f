#include "saml/login_page.h"

#include <format>

#include <doctest/doctest.h>

namespace touchsts::saml {
namespace {

// "log_in FORM: BODY", with U, P and C where user name, password and code go.
std::string wish(std::string_view html, Password password = Password::due, const FieldNames& names = {}) {
  const auto page = codec::read_html(html);
  REQUIRE(page);
  const std::optional<codec::Location> aws;
  const auto found = find_wish(*page, *codec::parse_location("https://idp.example/"), {names, aws}, password);
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
                           : found->kind == pass_on ? "pass_on"
                                                    : "go_on";
  const auto& form = page->forms[found->form];
  if (found->kind == assertion) {
    return kind + " " + std::string(form.fields[found->field].value.reveal_text());
  }
  return kind + " " + form.action + ": " +
         std::string(encode_form(form, filled, found->button, codec::Charset::utf8).reveal_text());
}

std::string action(std::string_view html, std::string_view page_at) {
  const auto page = codec::read_html(html);
  const auto found = action_of(*page, page->forms.front(), *codec::parse_location(page_at), std::nullopt);
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
             "value=Continue></form>") == "pass_on /sso: SAMLRequest=x");
  CHECK(wish("<form method=post action=/sso><input type=hidden name=SAMLResponse value=''></form>") ==
        "go_on /sso: SAMLResponse=");
  CHECK(wish("<form action=/sso><input type=hidden name=a value=1></form>") == "nothing");
  CHECK(wish("<form method=post action=/1><input type=hidden name=a></form><form method=post action=/2><input "
             "type=hidden name=a></form>") == "nothing");
  CHECK(wish("<p>Maintenance") == "nothing");
}

TEST_CASE("an assertion counts where it is posted to AWS") {
  const auto to = [](std::string_view action, std::string_view more = "") {
    return wish(
        std::format(
            "<form method=post action='{}'><input type=hidden name=SAMLResponse value=PHNh></form>{}", action, more),
        Password::sent);
  };
  for (const std::string_view aws : {"https://signin.aws.amazon.com/saml",
                                     "https://SIGNIN.aws.amazon.com:443/saml?x=1",
                                     "https://us-east-2.signin.aws.amazon.com/saml",
                                     "https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSP1",
                                     "https://signin.amazonaws.cn/saml",
                                     "https://cn-north-1.signin.amazonaws.cn/saml",
                                     "https://signin.amazonaws-us-gov.com/saml",
                                     "https://us-gov-west-1.signin.amazonaws-us-gov.com/saml",
                                     "https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml"}) {
    CHECK_MESSAGE(to(aws) == "assertion PHNh", aws);
  }
  for (const std::string_view hub : {"https://hub.example/acs",
                                     "/acs",
                                     "http://signin.aws.amazon.com/saml",
                                     "https://signin.aws.amazon.com.evil.example/saml",
                                     "https://xsignin.aws.amazon.com/saml",
                                     "https://signin.aws.amazon.com:444/saml",
                                     "https://signin.aws.amazon.com/oauth"}) {
    CHECK_MESSAGE(to(hub) == std::format("pass_on {}: SAMLResponse=PHNh", hub), hub);
  }
  // Beside other forms, even one to log in with.
  constexpr std::string_view kOthers =
      "<form method=post action=/l><input name=username><input type=password name=p></form><form action=/s><input "
      "name=q></form>";
  CHECK(to("https://hub.example/acs", kOthers) == "pass_on https://hub.example/acs: SAMLResponse=PHNh");
  CHECK(to("https://signin.aws.amazon.com/saml", kOthers) == "assertion PHNh");
  CHECK(wish("<form method=post action=/hub><input type=hidden name=SAMLResponse value=SHVi></form><form method=post "
             "action=https://signin.aws.amazon.com/saml><input type=hidden name=SAMLResponse value=QXdz></form>") ==
        "assertion QXdz");
  // The profile may name another receiver, which is then the only one.
  const auto page =
      codec::read_html("<form method=post action=/acs><input type=hidden name=SAMLResponse value=PHNh></form>");
  const std::optional<codec::Location> ours = *codec::parse_location("https://idp.example/acs");
  CHECK(find_wish(*page, *codec::parse_location("https://idp.example/"), {{}, ours}, Password::sent)->kind ==
        Wish::Kind::assertion);
}

TEST_CASE("buttons: one that says no is never pressed") {
  constexpr std::string_view kHidden = "<input type=hidden name=s value=1>";
  const auto form = [&](std::string_view buttons, std::string_view more = "") {
    return wish(std::format("<form method=post action=/c>{}{}</form>{}", kHidden, buttons, more), Password::sent);
  };
  CHECK(form("<button name=d value=reject>Reject</button><button name=d value=accept>Accept</button>") ==
        "go_on /c: s=1&d=accept");
  CHECK(form("<input type=submit name=n value=Nein><input type=submit name=y value=Ja>") == "go_on /c: s=1&y=Ja");
  CHECK(form("<button name=c><span><b>Cancel</b></span></button><button name=x>Share</button>") == "go_on /c: s=1&x=");
  CHECK(form("<button name=_eventId_AttributeReleaseRejected></button><button name=_eventId_proceed></button>") ==
        "go_on /c: s=1&_eventId_proceed=");
  // Shibboleth's consent page, and "keep me signed in" with a box: what a person may leave as it is.
  CHECK(form("<input type=radio name=o value=once checked><input type=radio name=o value=always><input type=checkbox "
             "name=a "
             "value=mail checked><button name=e value=r>Reject</button><button name=e value=a>Accept</button>",
             "<form method=post action=/out><input type=hidden name=x value=1><button>Log out</button></form>") ==
        "go_on /c: s=1&o=once&a=mail&e=a");
  CHECK(form("<select name=l><option>en</select>") == "nothing");
  CHECK(form("<textarea name=t></textarea><button>OK</button>") == "nothing");
  // A script would send the form; it presses no button.
  CHECK(form("<button name=c value=1>Cancel</button>", "<script></script>") == "go_on /c: s=1");
  CHECK(form("<button name=c value=1>Log out</button>", "<script></script>") == "nothing");
  // Two forms, of which one says no (SimpleSAMLphp's consent).
  CHECK(form("<button name=yes>Yes, continue</button>",
             "<form method=post action=/no><input type=hidden name=s value=1><button name=no>No, "
             "cancel</button></form>") == "go_on /c: s=1&yes=");
  CHECK(wish("<form method=post><input name=user><input type=password name=p><button name=c>Cancel</button><button "
             "name=l>Sign in</button></form>") == "log_in : user=U&p=P&l=");
  // What only a person can say.
  const auto choices = [&](std::string_view buttons) {
    const auto page = codec::read_html(std::format("<form method=post action=/c>{}{}</form>", kHidden, buttons));
    const std::optional<codec::Location> aws;
    const auto found = find_wish(*page, *codec::parse_location("https://idp.example/"), {{}, aws}, Password::sent);
    return found ? found->choices.size() : 0;
  };
  CHECK(choices("<button name=a>Send SMS</button><button name=b>Phone</button><button name=c>Cancel</button>") == 2);
  CHECK(choices("<button name=c>Cancel</button>") == 1);
  CHECK(choices("<button name=a>Send SMS</button>") == 0);
}

TEST_CASE("a form that signs out is not sent, whatever is beside it") {
  const std::string out = "<form method=post action=/Account/LogOff><input type=hidden name=csrf value=1></form>";
  const std::string consent =
      "<form method=post action=/consent><button name=a value=1>Allow</button><button name=a "
      "value=0>Deny</button></form>";
  CHECK(wish(out) == "nothing");
  CHECK(wish(out + consent) == "go_on /consent: a=1");
  CHECK(wish(consent + out) == "go_on /consent: a=1");
}

TEST_CASE("a button that refuses by its value does not agree by its name") {
  CHECK_FALSE(wish("<form method=post action=/x><button name=login value=cancel></button></form>").contains("cancel"));
}

TEST_CASE("a button may have an address and a method of its own") {
  CHECK(wish("<form action=/wrong><input name=user><input type=password name=p><button formaction=/in "
             "formmethod=POST>Sign in</button></form>") == "log_in /wrong: user=U&p=P");
  const auto page = codec::read_html(
      "<form action=/wrong><input name=user><button formaction=/in formmethod=post>x</button>"
      "<button formaction='' formmethod=get>y</button></form>");
  const auto& form = page->forms.front();
  const auto at = *codec::parse_location("https://idp.example/p");
  CHECK(to_text(*action_of(*page, form, at, 1)) == "https://idp.example/in");
  CHECK(posts(form, 1));
  CHECK(to_text(*action_of(*page, form, at, 2)) == "https://idp.example/p");
  CHECK_FALSE(posts(form, 2));
  CHECK(to_text(*action_of(*page, form, at, std::nullopt)) == "https://idp.example/wrong");
}

TEST_CASE("a form is sent in the character set of its page, or its own") {
  const auto encoded = [](std::string_view html, codec::Charset charset) {
    const auto page = codec::read_html(html);
    const Filled filled[] = {{.field = 0, .value = "p\xC3\xA4\xE2\x82\xAC\xC5\x8D"}};
    return std::string(encode_form(page->forms.front(), filled, std::nullopt, charset).reveal_text());
  };
  using enum codec::Charset;
  CHECK(encoded("<form><input name=n>", utf8) == "n=p%C3%A4%E2%82%AC%C5%8D");
  CHECK(encoded("<form><input name=n><input type=hidden name=_charset_>", windows_1252) ==
        "n=p%E4%80%26%23333%3B&_charset_=windows-1252");
  CHECK(encoded("<form accept-charset='UTF-8 latin1'><input name=n>", windows_1252) == "n=p%C3%A4%E2%82%AC%C5%8D");
  CHECK(encoded("<form accept-charset=ISO-8859-1><input name=n>", utf8) == "n=p%E4%80%26%23333%3B");
}

TEST_CASE("a picture that is pressed says where") {
  CHECK(
      wish("<form method=post><input name=user><input type=password name=p><input type=image name=go src=x></form>") ==
      "log_in : user=U&p=P&go.x=0&go.y=0");
}

TEST_CASE("where a form goes") {
  CHECK(action("<form>", "https://idp/a/b?c") == "https://idp/a/b?c");
  CHECK(action("<base href=https://cdn/><form action=' '>", "https://idp/a/b?c") == "https://idp/a/b?c");
  CHECK(action("<form action=x?y>", "https://idp/a/b?c") == "https://idp/a/x?y");
  CHECK(action("<base href=/z/><form action=x>", "https://idp/a/b?c") == "https://idp/z/x");
  CHECK(action("<base href='javascript:x'><form action=x>", "https://idp/a/b?c") == "https://idp/a/x");
  CHECK(action("<form action=http://idp/x>", "https://idp/a/b?c") == "http://idp/x");  // who asks for it refuses
  CHECK(action("<form action='javascript:void(0)'>", "https://idp/a").contains("is not an http or https URL"));
}

}  // namespace touchsts::saml
