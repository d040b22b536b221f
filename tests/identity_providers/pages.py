"""Log-in pages of many makes, served strictly: each says what a browser would have sent, to the field, and in its order."""
import html
import secrets
import urllib.parse

from . import assertions

PAGE = [("Content-Type", "text/html; charset=utf-8")]


class Make:
    """A site that logs in by forms. A step is a page's HTML and what is to come back: pairs, of which "<user>", "<password>" and
    "<code>" stand for what was typed. The last step's answer is the page with the assertion."""

    def __init__(self, pairs, steps, start="/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices", duration=None):
        self.pairs, self.steps, self.start, self.duration = pairs, steps, start, duration
        self.username, self.password, self.code = "ada@example.com", "correct horse", "135246"
        self.assertion = None
        self.good_for = 300
        self.complaints = []   # what a browser would not have done
        self.state = {}        # step by cookie
        self.action = assertions.RECIPIENT

    def __call__(self, request):
        number = self.state.get(request.cookies.get("state"))
        if request.method == "GET":
            cookie = secrets.token_hex(8)
            self.state[cookie] = 0
            return 200, [*PAGE, ("Set-Cookie", f"state={cookie}; path=/; secure; HttpOnly; SameSite=None")], self._page(0)
        if number is None:
            self.complaints.append("no cookie")
            return 403, PAGE, "<html><title>Cookies are needed</title></html>"
        step = self.steps[number]
        if request.path != step.get("to", urllib.parse.urlsplit(self.start).path):
            self.complaints.append(f"sent to {request.path}")
        known = {"<user>": self.username, "<password>": self.password, "<code>": self.code}
        wanted = [(name, known.get(value, value)) for name, value in step["sends"]]
        came = request.form
        secret = [name for name, value in step["sends"] if value in known]
        if [(name, value) for name, value in came if name not in secret] != [(name, value) for name, value in wanted if name not in secret]:
            self.complaints.append(f"sent {came}, not {wanted}")
        if came != wanted:
            return 200, PAGE, self._page(number, "Incorrect user ID or password. Type the correct user ID and password, and try again.")
        number += 1
        self.state[request.cookies["state"]] = number
        if number < len(self.steps):
            return 200, PAGE, self._page(number)
        self.assertion = assertions.response(self.pairs, self.duration, self.good_for)
        return 200, PAGE, assertions.page(self.assertion, self.action)

    def _page(self, number, error=""):
        text = self.steps[number]["page"].replace("<<error>>", error)
        return text.replace("<<start>>", html.escape(self.start))


def _shell(body, head=""):
    return f'<!DOCTYPE html><html lang="en-US"><head><meta charset="utf-8"><title>Sign In</title>{head}</head><body>{body}</body></html>'


ADFS2 = [{
    "page": _shell('<form name="aspnetForm" method="post" action="<<start>>" id="aspnetForm"><div>'
                   '<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="/wEPDwUKLTE2+A==" />'
                   '<input type="hidden" name="__EVENTVALIDATION" id="__EVENTVALIDATION" value="/wEWBAK&amp;x=" /></div><span><<error>></span>'
                   '<input name="ctl00$ContentPlaceHolder1$UsernameTextBox" type="text" id="ctl00_U" autofocus>'
                   '<input name="ctl00$ContentPlaceHolder1$PasswordTextBox" type="password" id="ctl00_P" required>'
                   '<input type="submit" name="ctl00$ContentPlaceHolder1$SubmitButton" value="Sign In" id="ctl00_S" class="Resizable"/></form>'),
    "sends": [("__VIEWSTATE", "/wEPDwUKLTE2+A=="), ("__EVENTVALIDATION", "/wEWBAK&x="), ("ctl00$ContentPlaceHolder1$UsernameTextBox", "<user>"),
              ("ctl00$ContentPlaceHolder1$PasswordTextBox", "<password>"), ("ctl00$ContentPlaceHolder1$SubmitButton", "Sign In")]}]

_OPTIONS = ('<form id="options" method="post" action="<<start>>"><script>function SelectOption(o){}</script>'
            '<input id="optionSelection" type="hidden" name="AuthMethod" /></form>')

ADFS4 = [{
    "page": _shell('<form method="post" id="loginForm" autocomplete="off" novalidate="novalidate" onKeyPress="if (event) Login.submitLoginRequest();" '
                   'action="/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices&amp;client-request-id=7c0f"><div id="error"><<error>></div>'
                   '<input id="userNameInput" name="UserName" type="email" value="" tabindex="1" class="text fullWidth" spellcheck="false" placeholder="someone@example.com" autocomplete="off"/>'
                   '<input id="passwordInput" name="Password" type="password" tabindex="2" placeholder="Password" autocomplete="off"/>'
                   '<div id="kmsiArea"><input type="checkbox" name="Kmsi" id="kmsiInput" value="true" tabindex="3" /><label for="kmsiInput">Keep me signed in</label></div>'
                   '<span id="submitButton" class="submit" role="button">Sign in</span></form>'
                   '<div id="authOptions">' + _OPTIONS.replace('name="AuthMethod" />', 'name="AuthMethod" value="FormsAuthentication"/>') + "</div>"
                   '<input type="hidden" name="outside" value="of every form">'),
    "sends": [("UserName", "<user>"), ("Password", "<password>")]}]

ADFS4_HIDDEN = [{  # the generation with AuthMethod in the form itself, and the field twice
    "page": _shell('<form method="post" id="loginForm" action="<<start>>"><<error>><input id="userNameInput" name="UserName" type="email">'
                   '<input id="passwordInput" name="Password" type="password"><input type="checkbox" name="Kmsi" value="true" checked>'
                   '<input type="hidden" name="AuthMethod" value="FormsAuthentication"><input type="hidden" name="AuthMethod" value="FormsAuthentication"></form>'),
    "sends": [("UserName", "<user>"), ("Password", "<password>"), ("Kmsi", "true"), ("AuthMethod", "FormsAuthentication"), ("AuthMethod", "FormsAuthentication")]}]

_CODE = {
    "page": _shell('<form method="post" id="loginForm" autocomplete="off"><p><<error>></p><input id="authMethod" type="hidden" name="AuthMethod" value="TOTPAuthenticationProvider"/>'
                   '<input id="context" type="hidden" name="Context" value="eyJ+/w=="/><label for="challengeQuestionInput">Code from your app</label>'
                   '<input id="challengeQuestionInput" name="ChallengeQuestionAnswer" type="text" value="" class="text" placeholder="Code"/>'
                   '<input id="submitButton" type="submit" name="Submit" value="Verify" onclick="return AuthPage.submitAnswer()"/></form>' + _OPTIONS),
    "sends": [("AuthMethod", "TOTPAuthenticationProvider"), ("Context", "eyJ+/w=="), ("ChallengeQuestionAnswer", "<code>"), ("Submit", "Verify")]}

ADFS4_MFA = [*ADFS4, _CODE]

ADFS_PAGINATED = [  # 2019: the name first, then the password
    {"page": _shell('<form method="post" id="loginForm" action="<<start>>"><<error>><input id="userNameInput" name="UserName" type="email" required>'
                    '<input id="nextButton" type="submit" name="Next" value="Next"></form>'),
     "sends": [("UserName", "<user>"), ("Next", "Next")]},
    {"page": _shell('<form method="post" id="loginForm" action="<<start>>"><<error>><input id="userNameInput" name="UserName" type="hidden" value="ada@example.com">'
                    '<input id="passwordInput" name="Password" type="password"><input name="Kmsi" type="hidden" value=""></form>'),
     "sends": [("UserName", "<user>"), ("Password", "<password>"), ("Kmsi", "")]}]

ADFS_KMSI = [*ADFS4, {  # "keep me signed in" as a page of its own
    "page": _shell('<form method="post" id="kmsiForm" action="<<start>>"><input type="hidden" name="KmsiContext" value="c"><input type="submit" name="Kmsi" value="Yes">'
                   '<input type="submit" name="Kmsi" value="No"></form>'),
    "sends": [("KmsiContext", "c"), ("Kmsi", "Yes")]}]

GENERIC = [{  # relative action below a <base>, entities, names and values that are not ASCII, inputs without names
    "to": "/idp/profile/post/anmeldung.do",
    "page": _shell('<form action="/search" method="get"><input name="q" type="search"></form>'
                   '<form action="./anmeldung.do?e=1&amp;s=2" method=POST><<error>><input type=hidden name="zust&auml;nd" value="gr&uuml;n &amp; blau">'
                   "<input type=text name=benutzer_user required><input type=password name=kennwort><input type=text disabled name=never value=x>"
                   "<input type=hidden value='without a name'><select name=realm><option value=a>A<option value=b selected>B</select>"
                   "<textarea name=note>\nline</textarea><button>Anmelden</button></form>", '<base href="/idp/profile/post/">'),
    "sends": [("zuständ", "grün & blau"), ("benutzer_user", "<user>"), ("kennwort", "<password>"), ("realm", "b"), ("note", "line")]}]

SHIBBOLETH = [{
    "to": "/idp/profile/SAML2/Unsolicited/SSO",
    "page": _shell('<form action="/idp/profile/SAML2/Unsolicited/SSO?execution=e1s1" method="post"><<error>><input type="hidden" name="csrf_token" value="_a1">'
                   '<input class="form-element" id="username" name="j_username" type="text" value="" /><input id="password" name="j_password" type="password" value="" />'
                   '<input type="checkbox" name="donotcache" value="1" id="donotcache"><input id="_shib_idp_revokeConsent" type="checkbox" name="_shib_idp_revokeConsent" value="true">'
                   '<button type="submit" name="_eventId_proceed">Login</button></form>'),
    "sends": [("csrf_token", "_a1"), ("j_username", "<user>"), ("j_password", "<password>"), ("_eventId_proceed", "")]}]

NETIQ = [{  # name, password and code in one form
    "to": "/nidp/app/login",
    "page": _shell('<form name="IDPLogin" method="post" action="/nidp/app/login?sid=0"><<error>><input type="hidden" name="option" value="credential">'
                   '<input type="text" name="Ecom_User_ID" size="30"><input type="password" name="Ecom_Password" size="30"><input type="text" name="Ecom_Token" autocomplete="off">'
                   '<input type="submit" name="loginButton2" value="Sign in"></form>'),
    "sends": [("option", "credential"), ("Ecom_User_ID", "<user>"), ("Ecom_Password", "<password>"), ("Ecom_Token", "<code>"), ("loginButton2", "Sign in")]}]

KEYCLOAK = [{
    "to": "/realms/corp/login-actions/authenticate",
    "page": _shell('<form id="kc-form-login" onsubmit="login.disabled = true; return true;" action="/realms/corp/login-actions/authenticate?session_code=s&amp;execution=e" method="post">'
                   '<<error>><input tabindex="2" id="username" name="username" value="" type="text" autofocus autocomplete="username" aria-invalid="" dir="ltr"/>'
                   '<input tabindex="3" id="password" name="password" type="password" autocomplete="current-password" aria-invalid=""/>'
                   '<input tabindex="5" id="rememberMe" name="rememberMe" type="checkbox"><input type="hidden" id="id-hidden-input" name="credentialId" />'
                   '<input tabindex="7" name="login" id="kc-login" type="submit" value="Sign In"/></form>'),
    "sends": [("username", "<user>"), ("password", "<password>"), ("credentialId", ""), ("login", "Sign In")]},
    {"to": "/realms/corp/login-actions/authenticate",
     "page": _shell('<form id="kc-otp-login-form" action="/realms/corp/login-actions/authenticate?execution=o" method="post"><<error>>'
                    '<input id="otp" name="otp" autocomplete="one-time-code" type="text" autofocus inputmode="numeric"/><input name="login" id="kc-login" type="submit" value="Sign In"/></form>'),
     "sends": [("otp", "<code>"), ("login", "Sign In")]}]

ODD = [{  # nothing tells what the fields are
    "page": _shell('<form method="post" action="<<start>>"><<error>><input name="a1"><input name="a2"><input name="a3" type="password"><input name="a4" type="password"></form>'),
    "sends": [("a1", ""), ("a2", "<user>"), ("a3", ""), ("a4", "<password>")]}]
