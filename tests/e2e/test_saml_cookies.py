"""Log-ins whose pages come from more than one host of a domain: cookies go where RFC 6265 lets them go."""
import urllib.parse

from identity_providers import assertions, pages, site
from identity_providers.forward_proxy import ForwardProxy
from support import authority, readable_by_others, shared_folder
from test_saml import PASSWORD, USER, SamlCase, started

FORM = '<form method="post" action="/in"><input name="user"><input type="password" name="password"></form>'


class Hosts(SamlCase):
    """login.corp.example asks for the password, sts.corp.example gives the assertion to those who have the cookie of the log-in."""

    def setUp(self):
        super().setUp()
        certificate = authority().issue("hosts", names=["DNS:*.corp.example", "DNS:ada.github.io", "DNS:eve.github.io"])
        readable_by_others(shared_folder())
        self.proxy = ForwardProxy()
        self.addCleanup(self.proxy.close)
        self.site = self.enterContext(site.running(self.answer, certificate))
        self.domain, self.login, self.sts = "corp.example", "login.corp.example", "sts.corp.example"
        self.value, self.way = "yes", "/adfs/ls/"

    def answer(self, request):
        host = request.headers["Host"].rsplit(":", 1)[0]
        if host == self.login and request.method == "GET":
            return 200, pages.PAGE, FORM
        if host == self.login:
            self.assertEqual(sorted(urllib.parse.parse_qsl(request.body.decode())), [("password", PASSWORD), ("user", USER)])
            return 302, [("Set-Cookie", f"logged-in={self.value}; Domain={self.domain}; Path=/; Secure; HttpOnly"), ("Set-Cookie", "of-the-host=1; Path=/"),
                         ("Location", f"https://{self.sts}:{self.site.port}{self.way}")], ""
        if "logged-in" not in request.cookies:
            return 200, pages.PAGE, FORM
        return 200, pages.PAGE, assertions.page(assertions.response(self.pairs))

    def log_in(self):
        return started(self.where, f"https://{self.login}:{self.site.port}/", "--no-cache", environment={"HTTPS_PROXY": self.proxy.url, "NO_PROXY": "localhost"})

    def test_a_cookie_of_the_domain_reaches_its_other_host(self):
        self.assert_credentials(self.log_in())
        at_sts = [request for request in self.site.requests if request.headers["Host"].startswith("sts.")]
        self.assertEqual([sorted(request.cookies) for request in at_sts], [["logged-in"]])

    def test_what_is_percent_encoded_stays_as_it_is(self):
        self.value, self.way = "a%3Bb%2525+c", "/a%2Fdfs/%7Els;v=1/?q=%3B%20+%2B&r=%26"
        self.assert_credentials(self.log_in())
        at_sts = [request for request in self.site.requests if request.headers["Host"].startswith("sts.")]
        self.assertEqual([(request.headers["Cookie"], f"{request.path}?{request.query}") for request in at_sts], [(f"logged-in={self.value}", self.way)])

    def test_what_no_request_line_can_hold_is_encoded(self):
        self.way = "/adfs/ls/?q=a b<c>"
        self.assert_credentials(self.log_in())
        at_sts = [request for request in self.site.requests if request.headers["Host"].startswith("sts.")]
        self.assertEqual([f"{request.path}?{request.query}" for request in at_sts], ["/adfs/ls/?q=a%20b%3Cc%3E"])

    def test_a_cookie_for_a_public_suffix_reaches_nobody(self):
        self.domain, self.login, self.sts = "github.io", "ada.github.io", "eve.github.io"
        self.assertNotEqual(self.log_in().returncode, 0)
        at_eve = [request for request in self.site.requests if request.headers["Host"].startswith("eve.")]
        self.assertTrue(at_eve)
        self.assertEqual([dict(request.cookies) for request in at_eve], [{}] * len(at_eve))
        self.assertNotIn(PASSWORD.encode(), b"".join(request.body for request in at_eve))
