"""Log-ins by SAML: at real identity providers and at strict ones of our own, to credentials."""
import base64
import concurrent.futures
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest
import urllib.parse

from support import BINARY, PATH, SANITIZED, Case, authority, habits, place, processes_with, wait_for, without_seccomp
from tmux import Tmux

from identity_providers import assertions, okta, pages, saml_idp, simplesamlphp, site
from strict_sts import totp

USER, PASSWORD = "ada@example.com", "correct horse"


def started(where, url, *arguments, provider="form", password=PASSWORD, environment=None, **options):
    """`touchsts saml` with the password by a descriptor."""
    read, write = os.pipe()
    os.write(write, password.encode())
    os.close(write)
    try:
        return where.run("saml", "--endpoint", url, "--username", USER, "--provider", provider, "--saml-password-fd", str(read), *arguments,
                         pass_fds=[read], environment=environment, **options)
    finally:
        os.close(read)


class SamlCase(Case):
    def setUp(self):
        self.where = self.enterContext(place())
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="touchsts-idp-")))
        self.pairs = [assertions.pair(self.where.plain_role)]

    def serve(self, answer):
        return self.enterContext(site.running(answer, authority().server))

    def assert_credentials(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        keys = json.loads(done.stdout)
        self.assertIn(keys["AccessKeyId"], self.where.service.sessions)
        return keys


class RealProviders(SamlCase):
    def test_simplesamlphp(self):
        if simplesamlphp.missing():
            self.skipTest(f"not installed: {simplesamlphp.missing()}")
        with simplesamlphp.running(self.folder, authority().server, self.pairs, {USER: PASSWORD}) as url:
            wrong = started(self.where, url, password="incorrect")
            self.assert_fails(wrong, 4, "does not take user name or password")
            self.assertEqual(self.where.service.count(), 0)
            keys = self.assert_credentials(started(self.where, url))
            self.assertEqual(keys["AccountId"], "123456789012")
            call = self.where.service.calls[-1]
            self.assertEqual((call.action, call.parameters["RoleArn"], call.parameters["PrincipalArn"]),
                             ("AssumeRoleWithSAML", self.where.plain_role, assertions.PROVIDER))
            self.assertNotIn("DurationSeconds", call.parameters)
            # The second time it comes from the cache: no password is needed.
            again = self.where.run("saml", "--endpoint", url, "--username", USER, "--no-prompt")
            self.assertEqual(json.loads(again.stdout)["AccessKeyId"], keys["AccessKeyId"])

    def test_saml_idp(self):
        if saml_idp.missing():
            self.skipTest(f"not installed: {saml_idp.missing()}")
        with saml_idp.running(self.folder, authority().server, self.pairs[0]) as url:
            self.assert_credentials(started(self.where, url))


class OktaTable(SamlCase):
    """Every state that the authentication API can bring a user to, by process."""

    def okta(self, *factors, **options):
        made = okta.Okta(self.pairs, factors)
        for name, value in options.items():
            setattr(made, name, value)
        made.site = self.serve(made)
        made.origin = made.site.origin
        return made

    def log_in(self, made, *arguments, **options):
        self.where.forget()
        return started(self.where, made.origin + okta.APP, *arguments, provider="okta", **options)

    def fresh(self, made, ahead=0):
        return totp.code(made.seed, int(time.time()) // totp.PERIOD + ahead)

    def test_the_password_alone(self):
        made = self.okta()
        self.assert_credentials(self.log_in(made))
        self.assertEqual(self.where.service.calls[-1].parameters["SAMLAssertion"], made.assertion)
        asked = [(request.method, request.path) for request in made.site.requests]
        self.assertEqual(asked, [("POST", "/api/v1/authn"), ("GET", okta.APP), ("GET", okta.APP)])

    def test_refusals(self):
        table = [
            ("wrong password", {}, {"password": "incorrect"}, 4, "Okta refuses user name or password; check both"),
            ("locked out", {"status": "LOCKED_OUT"}, {}, 4, "Okta has locked the account"),
            ("expired password", {"status": "PASSWORD_EXPIRED"}, {}, 4, "your password at Okta has expired"),
            ("no factor yet", {"status": "MFA_ENROLL"}, {}, 4, "wants a second factor to be enrolled first"),
            ("a state that nobody knows", {"status": "RECOVERY"}, {}, 4, "Okta ends the log-in as RECOVERY"),
            ("rate limit", {"limit": 0}, {}, 7, "Okta has had too many requests; wait a minute"),
            ("no classic API", {"identity_engine": True}, {}, 8, "Okta answers with HTTP status 404"),
        ]
        for says, state, how, code, text in table:
            with self.subTest(says):
                done = self.log_in(self.okta(**state), **how)
                print(f"okta, {says}: exit {done.returncode}: {done.stderr.strip()}")
                self.assert_fails(done, code, text)
        self.assertEqual(self.where.service.count(), 0)

    def test_one_time_passwords(self):
        for kind in ("totp", "google"):
            with self.subTest(kind):
                made = self.okta(kind)
                self.assert_credentials(self.log_in(made, "--token-code", self.fresh(made)))
        with self.subTest("wrong"):
            made = self.okta("totp")
            self.assert_fails(self.log_in(made, "--token-code", "000000"), 4, "Okta does not take the code")
        with self.subTest("by a command"):
            made = self.okta("totp")
            command = self.where.folder / "code"
            command.write_text(f"#!/bin/sh\necho {self.fresh(made)}\n")
            command.chmod(0o755)
            config = self.where.home / ".aws/config"
            before = config.read_text()
            config.write_text(before + f"[profile corp]\nsaml_endpoint = {made.origin}{okta.APP}\nsaml_username = {USER}\nsaml_provider = okta\nmfa_process = {command}\n"
                              "region = us-east-1\n")
            self.where.forget()
            read, write = os.pipe()
            os.write(write, PASSWORD.encode() + b"\n")
            os.close(write)
            done = self.where.run("credential-process", "--profile", "corp", "--saml-password-fd", str(read), pass_fds=[read])
            os.close(read)
            self.assert_credentials(done)
            config.write_text(before)

    def test_push(self):
        table = [("confirmed", "push", ["WAITING", "SUCCESS"], 0, ""), ("number challenge", "number", ["WAITING", "WAITING", "SUCCESS"], 0, ""),
                 ("refused", "push", ["WAITING", "REJECTED"], 4, "the log-in was refused on the telephone"),
                 ("timeout", "push", ["TIMEOUT"], 4, "the log-in was not confirmed on the telephone in time")]
        for says, kind, polls, code, text in table:
            with self.subTest(says):
                done = self.log_in(self.okta(kind, push=polls))
                print(f"okta, push {says}: exit {done.returncode}: {done.stderr.strip()}")
                if code:
                    self.assert_fails(done, code, text)
                else:
                    self.assert_credentials(done)

    def test_nothing_that_we_can_show(self):
        done = self.log_in(self.okta("webauthn"))
        print(f"okta, security key: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 4, "takes none of the second factors that we can show")

    def test_at_a_terminal(self):
        """Several factors, a number for the telephone, a question, SMS: what a person sees and types."""
        made = self.okta("sms", "question", "number", "totp")
        tmux = Tmux(self.where.environment)
        self.addCleanup(tmux.close)
        command = f"{BINARY} saml --no-cache -e {made.origin}{okta.APP} -u {USER} --provider okta | tr ',' '\\n' | grep -c AccessKeyId"

        def begin():
            tmux.do("clear-history")
            tmux.type("clear")
            wait_for(lambda: "Password of" not in tmux.screen())
            tmux.type(command)
            tmux.wait(f"Password of {USER} at {made.origin}:")
            tmux.type(PASSWORD)
            tmux.wait("Second factor at Okta")
        begin()
        tmux.wait("> code by SMS (+1 XXX-XXX-1337)")
        print(tmux.screen().strip())
        tmux.do("send-keys", "Enter")
        tmux.wait(f"Code that was sent to you (+1 XXX-XXX-1337) for {made.origin}:")
        tmux.type(made.sms_code)
        tmux.wait("\n1\n")
        begin()
        tmux.do("send-keys", "Down", "Enter")
        tmux.wait(f"[{made.origin}] What is your favorite color?:")
        tmux.type("red")
        tmux.wait("Okta does not take the code")
        tmux.type("blue")
        tmux.wait("\n1\n")
        begin()
        tmux.type("telephone")
        tmux.wait("confirm the log-in on your telephone: choose 42")
        tmux.wait("\n1\n", 30)
        begin()
        tmux.type("one-time", enter=False)
        tmux.wait("> one-time password (ada@example.com)")
        tmux.do("send-keys", "Enter")
        tmux.wait(f"MFA code of ada@example.com at {made.origin}")
        tmux.type(self.fresh(made))
        tmux.wait("\n1\n")
        self.assertNotIn(PASSWORD, tmux.screen())


class FormsTable(SamlCase):
    """ADFS of every generation, and the pages of others."""
    MAKES = ("ADFS2", "ADFS4", "ADFS4_HIDDEN", "ADFS4_MFA", "ADFS_PAGINATED", "ADFS_KMSI", "GENERIC", "SHIBBOLETH", "KEYCLOAK", "NETIQ")

    def make(self, name, **options):
        made = pages.Make(self.pairs, getattr(pages, name), **options)
        made.site = self.serve(made)
        made.url = made.site.origin + made.start
        return made

    def test_each_gets_what_a_browser_would_send(self):
        for name in self.MAKES:
            with self.subTest(name):
                self.where.forget()
                made = self.make(name)
                done = started(self.where, made.url, "--token-code", made.code)
                self.assertEqual(made.complaints, [])
                self.assert_credentials(done)
                self.assertEqual(self.where.service.calls[-1].parameters["SAMLAssertion"], made.assertion)
        print(f"forms: {len(self.MAKES)} makes")

    def test_without_a_sandbox_no_page_is_read(self):
        no_filters = without_seccomp()
        made = self.make("ADFS4")
        self.assert_fails(started(self.where, made.url, "--no-cache", preexec_fn=no_filters), 1, "TOUCHSTS_SANDBOX=0 reads them all the same")
        self.assertFalse(any(request.method == "POST" for request in made.site.requests))
        self.assert_credentials(started(self.where, made.url, "--no-cache", preexec_fn=no_filters, environment={"TOUCHSTS_SANDBOX": "0"}))

    def test_a_wrong_password_is_sent_once(self):
        for name in self.MAKES:
            with self.subTest(name):
                self.where.forget()  # a code is sent once, wherever
                made = self.make(name)
                text = "does not take user name, password or code; check them all" if name == "NETIQ" else "does not take user name or password; check both"
                self.assert_fails(started(self.where, made.url, "--no-cache", "--token-code", made.code, password="incorrect"), 4, text)
                self.assertEqual(sum(b"incorrect" in request.body for request in made.site.requests), 1)

    def test_a_form_that_also_asks_for_a_code_gets_none_that_is_empty(self):
        made = self.make("NETIQ")
        self.assert_fails(started(self.where, made.url, "--no-cache"), 6, "an MFA code is needed, but ", "--token-code")
        self.assertEqual([request.method for request in made.site.requests], ["GET"])

    def test_pages_that_repeat_what_was_sent_are_not_shown(self):
        """In the title, in the address that is logged, and in the words of a refusal."""
        def answer(request):
            if request.method == "GET" and request.path == "/":
                return 200, pages.PAGE, '<form method="post" action="/in"><input name="user"><input type="password" name="password"></form>'
            if request.method == "POST":
                return 302, [("Location", f"/failed/{urllib.parse.quote(PASSWORD)}")], ""
            return 200, pages.PAGE, f"<title>wrong: {PASSWORD}</title>"
        made = self.serve(answer)
        done = started(self.where, made.origin + "/", "--no-cache", "--log-level", "debug")
        self.assertEqual((done.returncode, done.stdout), (8, ""), done.stderr)
        self.assertIn('the page "[hidden: it contains a password or code]" of ' + made.origin, done.stderr)
        self.assertIn(f"GET {made.origin}[hidden: it contains a password or code]", done.stderr)
        self.assertNotIn(PASSWORD, done.stderr)
        self.assertNotIn(urllib.parse.quote(PASSWORD), done.stderr)

    def test_a_wrong_code_is_sent_once(self):
        for name in ("ADFS4_MFA", "KEYCLOAK"):
            with self.subTest(name):
                self.where.forget()  # a code is sent once, wherever
                made = self.make(name)
                self.assert_fails(started(self.where, made.url, "--no-cache", "--token-code", "999999"), 4, "does not take the code")

    def test_fields_that_nobody_could_guess(self):
        made = self.make("ODD")
        with open(self.where.home / ".aws/config", "a") as config:
            config.write(f"[profile odd]\nsaml_endpoint = {made.url}\nsaml_username = {USER}\nsaml_user_field = a2\nsaml_password_field = a4\nregion = us-east-1\n")
        read, write = os.pipe()
        os.write(write, PASSWORD.encode())
        os.close(write)
        done = self.where.run("credential-process", "--profile", "odd", "--saml-password-fd", str(read), pass_fds=[read])
        os.close(read)
        self.assertEqual(made.complaints, [])
        self.assert_credentials(done)

    def test_what_comes_without_a_person_goes_to_named_origins_only(self):
        """The endpoint redirects to another origin, which asks for the password, and then one more, which asks for the code."""
        code_site = self.serve(lambda request: (200, pages.PAGE, assertions.page(assertions.response(self.pairs))) if request.method == "POST" else
                               (200, pages.PAGE, '<form method="post" action="/code"><input name="otp"></form>'))
        login_site = self.serve(lambda request: (302, [("Location", code_site.origin + "/")], "") if request.method == "POST" else
                                (200, pages.PAGE, '<form method="post" action="/in"><input name="user"><input type="password" name="password"></form>'))
        start = self.serve(lambda request: (302, [("Location", login_site.origin + "/")], ""))
        done = started(self.where, start.origin + "/", "--token-code", "123456", "--no-cache")
        print(f"forms, another origin: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 3, f"{login_site.origin} asks for the password of {USER}, which goes without a prompt only to {start.origin}; "
                          f'if you trust it, add saml_origins = ["{login_site.origin}"] to the profile')
        self.assertEqual([request.method for request in login_site.requests], ["GET"])
        done = started(self.where, start.origin + "/", "--saml-origins", login_site.origin, "--token-code", "123456", "--no-cache")
        self.assert_fails(done, 3, f"{code_site.origin} asks for an MFA code, which goes without a prompt only to {start.origin}")
        self.assertEqual([request.method for request in code_site.requests], ["GET"])
        done = started(self.where, start.origin + "/", "--saml-origins", f"{login_site.origin},{code_site.origin}", "--token-code", "123457", "--no-cache")
        self.assert_credentials(done)
        config = self.where.home / ".config/touchsts/config.toml"
        before = config.read_text() if config.exists() else ""
        config.write_text(before + f'\n[profile.corp]\nsaml_endpoint = "{start.origin}/"\nsaml_username = "{USER}"\nregion = "us-east-1"\nsaml_origins = ["{login_site.origin}", "{code_site.origin}"]\n')
        config.chmod(0o600)
        explained = self.where.run("config", "explain", "--profile", "corp")
        self.assertIn(code_site.origin, explained.stdout)
        config.write_text(before)

    def test_wrong_passwords_and_codes_at_a_terminal(self):
        made = self.make("ADFS4_MFA")
        tmux = Tmux(self.where.environment, columns=120)
        self.addCleanup(tmux.close)
        tmux.type(f"clear; {BINARY} saml --no-cache -e {made.url} -u {USER} | tr ',' '\\n' | grep -c AccessKeyId")

        def asked(text, times):
            wait_for(lambda: tmux.screen().count(text) == times, 30)
        for times, typed in enumerate(("wrong", "wrong again", PASSWORD), 1):
            asked(f"Password of {USER} at {made.site.origin}:", times)
            tmux.type(typed)
        for times, typed in enumerate(("999999", made.code), 1):
            asked(f"MFA code of {USER} at {made.site.origin}", times)
            tmux.type(typed)
        self.assertEqual(tmux.screen().count("does not take user name or password"), 2)
        self.assertEqual(tmux.screen().count("does not take the code"), 1)
        tmux.wait("\n1\n")

    def test_a_page_that_waits(self):
        """Azure's MFA behind ADFS: the page sends itself until the telephone is answered."""
        seen = []
        waiting = '<form method="post" action="/wait"><input type="hidden" name="AuthMethod" value="AzureMfaAuthentication"><input type="hidden" name="Context" value="c"></form><script>x</script>'

        def answer(request):
            seen.append(time.monotonic())
            if request.method == "GET":
                return 200, pages.PAGE, '<form method="post" action="/in"><input name="user"><input type="password" name="password"></form>'
            return 200, pages.PAGE, assertions.page(assertions.response(self.pairs)) if len(seen) > 5 else waiting
        made = self.serve(answer)
        self.assert_credentials(started(self.where, made.origin + "/", "--no-cache"))
        between = [later - sooner for sooner, later in zip(seen[2:], seen[3:])]
        print("forms, waiting: " + ", ".join(f"{seconds:.1f} s" for seconds in between))
        for pause, seconds in enumerate(between, 1):
            self.assertTrue(pause - 0.1 < seconds < pause + 5, between)  # a slow machine needs some time for each page

    def test_a_way_through_a_hub(self):
        """A form on a 401 page, with a button of its own address; a consent page; an assertion for a hub beside another form; a page in
        Latin-1 that refreshes; and then the one for AWS."""
        assertion = assertions.response(self.pairs)
        consent = ('<script></script><form method="post" action="/consent"><input type="hidden" name="s" value="1"><button name="d" value="no"><span>Ablehnen</span></button>'
                   '<button name="d" value="yes"><span>Zustimmen</span></button></form>')
        hub_form = '<form method="post" action="/hub"><input type="hidden" name="SAMLResponse" value="SHVi"></form><form action="/search"><input name="q"></form>'
        latin = '<meta charset="iso-8859-1"><base href="/deep/"><noscript><p></noscript><form method="post" action="on"><input type="hidden" name="where" value="M\u00fcnchen"></form>'
        steps = {
            ("GET", "/"): (401, [*pages.PAGE, ("WWW-Authenticate", "Negotiate")],
                           '<form action="/wrong"><input name="user"><input type="password" name="password"><button formaction="/in" formmethod="post">Sign in</button></form>'),
            ("POST", "/in"): (200, pages.PAGE, consent), ("POST", "/consent"): (403, pages.PAGE, hub_form), ("POST", "/hub"): (200, [*pages.PAGE, ("Refresh", "1; url=/latin")], "moved"),
            ("GET", "/latin"): (200, [("Content-Type", "text/html")], latin.encode("latin-1")),
            ("POST", "/deep/on"): (200, pages.PAGE, '<meta http-equiv="refresh" content="0;url=/last">'), ("GET", "/last"): (200, pages.PAGE, assertions.page(assertion))}
        made = self.serve(lambda request: steps.get((request.method, request.path), (404, pages.PAGE, "")))
        self.assert_credentials(started(self.where, made.origin + "/", "--no-cache"))
        self.assertEqual(self.where.service.calls[-1].parameters["SAMLAssertion"], assertion)
        self.assertEqual([request.body for request in made.requests if request.method == "POST"],
                         [b"user=ada%40example.com&password=correct%20horse", b"s=1&d=yes", b"SAMLResponse=SHVi", b"where=M%FCnchen"])

    def test_a_page_for_a_security_key(self):
        key = ('<title>Use your key</title><script>navigator.credentials.get()</script><form method="post" action="/key"><input type="hidden" name="challenge" value="c">'
               '<input type="hidden" name="signature"></form>')
        made = self.serve(lambda request: (200, pages.PAGE, key))
        done = started(self.where, made.origin + "/", "--no-cache")
        self.assert_fails(done, 8, "this step needs a browser")
        self.assertEqual(len(made.requests), 2)

    def test_a_refusal_of_the_identity_provider(self):
        text = ('<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/>'
                "<samlp:StatusMessage>Ada is on holiday\u202e\x1b[31m</samlp:StatusMessage></samlp:Status></samlp:Response>")
        made = self.serve(lambda request: (200, pages.PAGE, assertions.page(base64.b64encode(text.replace("\x1b", "").encode()).decode())))
        done = started(self.where, made.origin + "/", "--no-cache")
        self.assert_fails(done, 4, "the identity provider refused the sign-in: Ada is on holiday")
        self.assertNotIn("\u202e", done.stderr)

    def test_what_is_refused(self):
        """Text and exit code of each."""
        page = lambda text: (lambda request: (200, pages.PAGE, text.replace("ORIGIN", request.headers["Host"])))  # noqa: E731
        form = '<form method="post" action="%s"><input name="user"><input type="password" name="password"></form>'
        loop = lambda request: (302, [("Location", request.path + "x")], "")  # noqa: E731
        elsewhere = self.serve(page("never"))

        def sent_on(request):
            return (200, pages.PAGE, form % "/in") if request.method == "GET" else (307, [("Location", elsewhere.origin + "/in")], "")
        table = [
            ("http action", page(form % "http://ORIGIN/in"), 3, "would send what you typed to http://"),
            ("cross-origin form", page(form % (elsewhere.origin + "/in")), 3, "would send what you typed to " + elsewhere.origin),
            ("cross-origin base", page(f'<base href="{elsewhere.origin}/">' + form % "in"), 3, "would send what you typed to " + elsewhere.origin),
            ("a redirect that sends it on", sent_on, 3, "wants what you typed sent on to " + elsewhere.origin),
            ("a script for an action", page(form % "javascript:go()"), 8, "javascript"),
            ("a form that puts it into the URL", page((form % "/in").replace('method="post"', "")), 8, "would put what you typed into a URL"),
            ("no SAMLResponse", page("<title>Welcome</title><p>Hello"), 8, 'the page "Welcome" of https://localhost:'),
            ("redirects without end", loop, 8, "redirects more than 10 times"),
            ("to http", lambda request: (302, [("Location", f"http://{request.headers['Host']}/")], ""), 3, "is not https: nothing is sent there"),
            ("an error", lambda request: (500, pages.PAGE, "no"), 4, "answers with HTTP status 500"),
            ("no page", lambda request: (200, [("Content-Type", "application/pdf")], "%PDF"), 8, "sends no page but application/pdf"),
            ("a page of five megabytes", page("<p>" * 1_700_000), 8, "has more than the 4194304 bytes that are taken"),
            ("a page of two megabytes", page("<p>" * 700_000), 8, "the page"),
            ("a page of deep trees", page("<div>" * 200_000), 8, "the page"),
        ]
        for says, answer, code, text in table:
            with self.subTest(says):
                made = self.serve(answer)
                begin = time.monotonic()
                done = started(self.where, made.origin + "/", "--no-cache")
                print(f"forms, {says}: exit {done.returncode}: {done.stderr.strip()}")
                self.assert_fails(done, code, text)
                self.assert_took(time.monotonic() - begin, 12)
        self.assertEqual(elsewhere.requests, [])
        self.assertEqual(self.where.service.count(), 0)

    def test_the_password_is_the_first_line_of_its_descriptor(self):
        for text in (PASSWORD + "\n", PASSWORD + "\r\n", PASSWORD + "\nmore\n"):
            made = self.make("ADFS4")
            self.assert_credentials(started(self.where, made.url, "--no-cache", password=text))
        self.assert_fails(started(self.where, made.url, "--no-cache", password="\n"), 2, "--saml-password-fd", "empty")

    def test_an_endpoint_without_tls(self):
        done = started(self.where, "http://localhost:1/")
        self.assert_fails(done, 3, "saml_endpoint http://localhost:1/ is not https")

    def test_no_secret_is_in_the_debug_log(self):
        made = self.make("ADFS4_MFA")
        log = self.where.folder / "log"
        self.assert_credentials(started(self.where, made.url, "--token-code", made.code, "--log-level", "trace", "--log-file", str(log)))
        text = log.read_text()
        self.assertIn("HTTP status 200", text)
        for secret in (PASSWORD, made.code, made.assertion[:64], base64.b64decode(made.assertion).decode()[:64]):
            self.assertNotIn(secret, text)


class Assertions(SamlCase):
    def make(self, pairs=None, **options):
        made = pages.Make(self.pairs if pairs is None else pairs, pages.ADFS4, **options)
        made.site = self.serve(made)
        made.url = made.site.origin + made.start
        return made

    def test_roles(self):
        service = self.where.service
        roles = [service.add_role(name, max_duration=43200) for name in ("dev", "developers", "path/to/ops")]
        made = self.make([assertions.pair(role, reverse=number % 2 == 1) for number, role in enumerate(roles)])
        table = [(roles[1], roles[1]), ("developers", roles[1]), ("dev", roles[0]), ("deve", roles[1]), ("OPS", roles[2]), ("path/", roles[2])]
        for wanted, role in table:
            with self.subTest(wanted):
                self.assert_credentials(started(self.where, made.url, "--role", wanted, "--no-cache"))
                self.assertEqual(service.calls[-1].parameters["RoleArn"], role)
        before = service.count()
        for wanted, code, text in (("arn:aws:iam::123456789012:role/other", 4, "does not let you have role arn:aws:iam::123456789012:role/other; it offers"),
                                   ("nothing", 4, "does not let you have role nothing; it offers"), ("", 6, "there are 3 roles to choose from"),
                                   ("d", 6, "there are 2 roles to choose from")):
            with self.subTest(wanted):
                done = started(self.where, made.url, *(("--role", wanted) if wanted else ()), "--no-cache")
                print(f"role {wanted!r}: exit {done.returncode}: {done.stderr.strip()}")
                self.assert_fails(done, code, text)
        self.assertEqual(service.count(), before)

    def test_durations(self):
        role = self.where.service.add_role("long", max_duration=14400)
        table = [(7200, (), ["7200"]), (7200, ("--duration-seconds", "900"), ["900"]), (None, (), [None]),
                 (36000, (), ["36000", None])]  # more than the role has: then as long as STS likes
        for says, arguments, sent in table:
            with self.subTest(says, arguments=arguments):
                before = self.where.service.count()
                made = self.make([assertions.pair(role)], duration=says)
                self.assert_credentials(started(self.where, made.url, "--no-cache", *arguments))
                self.assertEqual([call.parameters.get("DurationSeconds") for call in self.where.service.calls[before:]], sent)

    def test_an_expired_assertion(self):
        made = self.make()
        made.good_for = -1
        done = started(self.where, made.url)
        print(f"expired assertion: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 4, "ExpiredToken")

    def test_no_role_at_all(self):
        done = started(self.where, self.make(["nonsense"]).url)
        print(f"no role: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 8, "the SAML assertion has no role of AWS")

    def test_a_chain_behind_it_and_one_log_in_for_many(self):
        made = self.make()
        with open(self.where.home / ".aws/config", "a") as config:
            config.write(f"[profile corp]\nsaml_endpoint = {made.url}\nsaml_username = {USER}\nsaml_role_arn = {self.where.plain_role}\nregion = us-east-1\n")
            for number in range(10):
                config.write(f"[profile team{number}]\nrole_arn = {self.where.service.add_role(f'team{number}')}\nsource_profile = corp\nregion = us-east-1\n")
        # The password comes from a pinentry: there is no terminal.
        pinentry = self.where.folder / "pinentry"
        pinentry.write_text("#!/bin/sh\necho OK Pleased to meet you\nwhile read -r line; do\n"
                            f"case $line in GETPIN) echo D {PASSWORD}; echo OK;; *) echo OK;; esac\ndone\n")
        pinentry.chmod(0o755)
        environment = {"DISPLAY": ":9", "PATH": f"{self.where.folder}:{PATH}"}
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            runs = [pool.submit(self.where.run, "credential-process", "--profile", f"team{number % 10}", environment=environment) for number in range(20)]
            for run in runs:
                self.assert_credentials(run.result())
        self.assertEqual(self.where.service.count("AssumeRoleWithSAML"), 1)
        self.assertEqual(self.where.service.count("AssumeRole"), 10)
        self.assertEqual(sum(request.method == "GET" for request in made.site.requests), 1)

    def test_a_password_that_is_kept(self):
        made = self.make()
        with open(self.where.home / ".aws/config", "a") as config:
            config.write(f"[profile corp]\nsaml_endpoint = {made.url}\nsaml_username = {USER}\nregion = us-east-1\n")

        def keep(password):
            read, write = os.pipe()
            os.write(write, password.encode() + b"\n")
            os.close(write)
            done = self.where.run("keys", "password", "--profile", "corp", "--saml-password-fd", str(read), pass_fds=[read])
            os.close(read)
            self.assertEqual((done.returncode, done.stdout), (0, f"the password of {USER} at {made.site.origin} is in the key store\n"), done.stderr)
        keep("incorrect")
        get = ("credential-process", "--profile", "corp", "--no-prompt")
        self.assert_fails(self.where.run(*get), 4, "does not take user name or password; the stored password was sent; if it has changed: touchsts keys password (--clear removes it)")
        self.assertEqual(sum(b"incorrect" in request.body for request in made.site.requests), 1)
        keep(PASSWORD)
        self.assert_credentials(self.where.run(*get))
        for file in (self.where.home / ".local/share/touchsts").iterdir():
            self.assertNotIn(PASSWORD.encode(), file.read_bytes() if file.is_file() else b"")
        listed = self.where.run("keys", "list")
        self.assertIn(f"saml-password ada%40example.com at {made.site.origin}", listed.stdout)
        # Another place that asks does not get it.
        other = self.make()
        self.where.forget()
        done = self.where.run(*get[:-1], "--saml-endpoint", other.url, "--saml-username", USER, "--no-prompt")
        self.assert_fails(done, 6, "the password of ada@example.com is needed, and --no-prompt forbids to ask")
        gone = self.where.run("keys", "password", "--profile", "corp", "--clear")
        self.assertEqual(gone.returncode, 0, gone.stderr)
        self.assert_fails(self.where.run(*get), 6, "the password of ada@example.com is needed")

    def test_an_mfa_device_does_not_go_with_it(self):
        made = self.make()
        with open(self.where.home / ".aws/config", "a") as config:
            config.write(f"[profile corp]\nsaml_endpoint = {made.url}\nsaml_username = {USER}\nregion = us-east-1\n"
                         f"[profile team]\nrole_arn = {self.where.role}\nsource_profile = corp\nmfa_serial = {self.where.serial}\n")
        self.assert_fails(self.where.run("credential-process", "--profile", "team"), 3, "the role comes after a log-in by SAML")
        explained = self.where.run("config", "explain", "--profile", "corp")
        self.assertEqual(explained.returncode, 0, explained.stderr)
        for part in ("1. AssumeRoleWithSAML", f"saml_endpoint: {made.url}", "saml_provider: form", "role_arn: asked"):
            self.assertIn(part, explained.stdout)
        self.assertEqual(made.site.requests, [])

    def test_the_selector(self):
        """What a person sees who may have many roles."""
        roles = [self.where.service.add_role(f"role-{number:02}") for number in range(60)]
        made = self.make([assertions.pair(role) for role in roles])
        tmux = Tmux(self.where.environment, columns=90)
        self.addCleanup(tmux.close)
        tmux.start(f"{BINARY} saml -e {made.url} -u {USER} >/dev/null; echo done $?")
        tmux.wait("Password of")
        tmux.type(PASSWORD)
        tmux.wait("> 123456789012  role-00")
        tmux.do("send-keys", "Down", "Down", "NPage")
        tmux.wait("> 123456789012  role-12")
        tmux.do("send-keys", "Up")
        tmux.wait("> 123456789012  role-11")
        print(tmux.screen().strip())
        tmux.do("send-keys", "-l", "E-05")
        tmux.wait("> 123456789012  role-05")
        tmux.do("send-keys", "C-u")
        tmux.do("send-keys", "-l", "role-4")
        tmux.wait("Role (arrows, letters, Enter): role-4")
        tmux.wait("> 123456789012  role-40")
        print(tmux.screen().strip())
        tmux.do("send-keys", "End", "Enter")
        tmux.wait("done 0")
        self.assertEqual(self.where.service.calls[-1].parameters["RoleArn"], roles[49])
        # What was drawn is gone, and the terminal is as it was.
        self.assertNotIn("role-4", tmux.screen())
        tmux.type("stty -a | grep -o ' icanon' ; stty -a | grep -o ' echo '")
        tmux.wait(" icanon\n echo")
        for key in ("Escape", "C-c"):
            tmux.start(f"{BINARY} saml --no-cache -e {made.url} -u {USER} >/dev/null; echo done $?")
            tmux.wait("Password of")
            tmux.type(PASSWORD)
            tmux.wait("> 123456789012  role-00")
            tmux.do("send-keys", key)
            if key == "C-c":  # the shell drops the rest of the line
                tmux.wait("bash-")
                tmux.type("echo done $?")
            tmux.wait("done 6" if key == "Escape" else "done 130")


BROWSER_SITE = """<!DOCTYPE html><html><head><title>A site that needs scripts</title></head><body><div id="app"></div><script>
const form = document.createElement("form");
form.method = "post";
form.action = "/in";
for (const [name, value] of [["user", "ada"], ["proof", String(6 * 7)], ["place", location.hash]]) {
  const input = document.createElement("input");
  input.name = name; input.value = value; form.append(input);
}
document.getElementById("app").append(form);
setTimeout(() => form.submit(), 50);
</script></body></html>"""


class Browser(SamlCase):
    """A real Chromium, without a screen."""

    def setUp(self):
        super().setUp()
        self.chromium = shutil.which("chromium", path=PATH)
        if not self.chromium:
            self.skipTest("not installed: chromium")
        # As root it needs to be told that it is in no sandbox; the test's certificates are not the system's.
        self.wrapper = self.folder / "browser"
        self.wrapper.write_text(f'#!/bin/sh\nexec {self.chromium} --headless=new --no-sandbox --disable-gpu --ignore-certificate-errors "$@" 2>"{self.folder}/log"\n')
        self.wrapper.chmod(0o755)

    def answer(self, request):
        if request.method == "GET":
            return 200, pages.PAGE, BROWSER_SITE
        if ("proof", "42") not in request.form:
            return 403, pages.PAGE, "<title>no script ran</title>"
        self.assertion = assertions.response(self.pairs)
        return 200, pages.PAGE, assertions.page(self.assertion)

    def log_in(self, url, *arguments, **options):
        (self.where.home / ".config/touchsts/config.toml").open("a").write(f'[defaults]\nsaml_browser = "{self.wrapper}"\n')
        (self.where.home / ".config/touchsts/config.toml").chmod(0o600)
        return self.where.run("saml", "--endpoint", url, "--provider", "browser", *arguments, **options)

    def test_a_log_in_with_scripts(self):
        made = self.serve(self.answer)
        begin = time.monotonic()
        done = self.log_in(made.origin + "/")
        print(f"browser: {time.monotonic() - begin:.1f} s")
        self.assert_credentials(done)
        self.assertEqual(self.where.service.calls[-1].parameters["SAMLAssertion"], self.assertion)
        profile = self.where.home / ".local/share/touchsts-browser"
        self.assertEqual(profile.stat().st_mode & 0o777, 0o700)
        # The window stays for a look at the page, and no longer.
        wait_for(lambda: not self.running(profile), 30)

    @staticmethod
    def running(profile):
        return processes_with(f"user-data-dir={profile}")

    def test_nobody_logs_in(self):
        made = self.serve(lambda request: (200, pages.PAGE, "<title>Log in</title>"))
        done = self.log_in(made.origin + "/", "--timeout", "8")
        print(f"browser, nobody: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 6, "timed out waiting for the log-in in the browser")
        wait_for(lambda: not self.running(self.where.home / ".local/share/touchsts-browser"), 30)

    def test_a_site_that_goes_by_the_fragment(self):
        made = self.serve(self.answer)
        self.assert_credentials(self.log_in(made.origin + "/start#/apps/aws"))
        self.assertIn(("place", "#/apps/aws"), [field for request in made.requests if request.method == "POST" for field in request.form])

    def test_one_after_the_other(self):
        """The second needs the profile of a browser that still shows that the first is done."""
        made = self.serve(self.answer)
        self.assert_credentials(self.log_in(made.origin + "/", "--no-cache"))
        begin = time.monotonic()
        second = self.where.run("saml", "--endpoint", made.origin + "/", "--provider", "browser", "--no-cache")
        print(f"browser, after another: {time.monotonic() - begin:.1f} s")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertIn(json.loads(second.stdout)["AccessKeyId"], self.where.service.sessions)

    def test_no_browser(self):
        done = self.where.run("saml", "--endpoint", "https://localhost:1/", "--provider", "browser", environment={"PATH": str(self.folder / "empty")})
        print(f"no browser: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 3, "no browser is installed that can be used for the log-in; install chromium or Chrome, or name one with saml_browser")

    def test_a_browser_that_ends(self):
        self.wrapper.write_text("#!/bin/sh\nexit 1\n")
        done = self.log_in("https://localhost:1/")
        print(f"browser that ends: exit {done.returncode}: {done.stderr.strip()}")
        self.assert_fails(done, 5, "the browser has ended before the log-in was done; is there a display?")


@unittest.skipIf(SANITIZED, "times and sizes are not the release's: run with the static binary")
class Figures(SamlCase):
    def test_a_full_log_in_takes_little(self):
        for version, wire in (("1.2", "tls-1.2"), ("1.3", "usual")):
            habits.chosen = (wire, "aws")
            with self.subTest(version), place() as self.where:
                made = pages.Make([assertions.pair(self.where.plain_role)], pages.ADFS2)
                url = self.serve(made).origin + made.start
                best = 9.0
                for _ in range(10):
                    self.where.forget()
                    begin = time.monotonic()
                    self.assert_credentials(started(self.where, url))
                    best = min(best, time.monotonic() - begin)
                print(f"full log-in at an ADFS page over TLS {version}: {best * 1000:.0f} ms")
                self.assert_took(best, 0.25)
