"""The memory of the two processes that read what strangers send: the reader of pages and the one that answers SDKs. Each secret that
the rest of the program has is looked for there, and so is every variable of the environment."""
import concurrent.futures
import os
import pathlib
import re
import unittest

from support import BINARY, SANITIZED, Case, authority, memory_of, place, processes_with, wait_for
from test_saml import USER, started
from test_serve import serve, short_lived

from identity_providers import pages, site

PASSPHRASE = "canary-of-the-passphrase"
KEPT = "canary-of-the-kept-password"
ENVIRONMENT = {
    "AWS_SECRET_ACCESS_KEY": "canary-of-the-environments-key",
    "AWS_SESSION_TOKEN": "canary-of-the-environments-token",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "canary-of-the-endpoints-token",
    "HTTPS_PROXY": "http://ada:canary-of-the-proxy@proxy.example:1",
    "GITHUB_TOKEN": "canary-of-another-program",
    "TOUCHSTS_PASSPHRASE": PASSPHRASE,
}


def of_environment():
    return {f"{name} of the environment": re.search("canary-[a-z-]*", value)[0].encode() for name, value in ENVIRONMENT.items()}


@unittest.skipIf(SANITIZED, "a sanitizer keeps what is freed")
@unittest.skipUnless(os.geteuid() == 0, "another process's memory needs root")
class Memory(Case):
    unit_per_test = True

    def setUp(self):
        self.where = self.enterContext(place())
        self.environment = self.where.environment | ENVIRONMENT

    def with_text(self, command, *arguments, text):
        """Run with a text that comes by a descriptor, which the last argument is the number of."""
        read, write = os.pipe()
        os.write(write, text.encode() + b"\n")
        os.close(write)
        done = self.where.run(*command, *arguments, str(read), pass_fds=[read], environment=ENVIRONMENT)
        os.close(read)
        self.assertEqual(done.returncode, 0, done.stderr)

    def keep_a_password(self, endpoint):
        with open(self.where.home / ".aws/config", "a") as config:
            config.write(f"[profile corp]\nsaml_endpoint = {endpoint}\nsaml_username = {USER}\n")
        self.with_text(["keys", "password", "--profile", "corp"], "--saml-password-fd", text=KEPT)

    def secrets_of_the_home(self):
        """What the files hold, once decrypted: keys, sessions and role credentials of other profiles, the master key, a kept password."""
        sessions = {}
        for profile in ("ops", "plain"):
            done = self.where.login(profile) if profile == "ops" else None
            if done is None:
                self.assertEqual(self.where.run("credential-process", "--profile", profile, environment=ENVIRONMENT).returncode, 0)
        for session in self.where.service.sessions.values():
            sessions |= {f"secret of {session.arn}": session.secret.encode(), f"token of {session.arn}": session.token.encode()}
        self.assertEqual(len(sessions), 6)  # the MFA session and two roles
        return sessions | {"long-term key": self.where.user.secret.encode(), "kept password": KEPT.encode()}

    def check(self, process, memory, canaries):
        self.assertGreaterEqual(len(canaries), 17, canaries.keys())
        image = pathlib.Path(BINARY).read_bytes()
        for name, canary in canaries.items():
            with self.subTest(name):
                self.assertNotIn(canary, image)  # else it would always be found
                self.assertNotIn(canary, memory)
        self.assertEqual(process["environment"], b"")
        self.assertNotIn(b"canary", process["arguments"])

    def seen(self, number):
        """(what is told of a process by its files, its memory)"""
        folder = pathlib.Path(f"/proc/{number}")
        memory = memory_of(number)
        return {"environment": (folder / "environ").read_bytes(), "arguments": (folder / "cmdline").read_bytes(), "status": (folder / "status").read_text()}, memory

    def answering(self, canaries, *, profile):
        """`serve` of a profile, and what its worker has, once its credentials were renewed: the answer, and none of `canaries`."""
        short_lived(self.where, profile)
        with serve(self.where, "--profile", profile, **ENVIRONMENT) as served:
            _, first = served.ask()
            wait_for(lambda: served.ask()[1].get("AccessKeyId", first["AccessKeyId"]) != first["AccessKeyId"], 30)
            now = served.ask()[1]
            process, memory = self.seen(wait_for(lambda: processes_with("touchsts-endpoint-worker"))[0])
            for text in (now["SecretAccessKey"], now["Token"], served.token):
                self.assertIn(text.encode(), memory)  # the search finds what is in it
            earlier = {"the answer before": first["SecretAccessKey"].encode(), "its token": first["Token"].encode()}
            self.check(process, memory, canaries | earlier | of_environment())
            self.assertIn("Seccomp:\t2", process["status"])

    def test_the_process_that_answers_has_the_answer_and_nothing_else(self):
        team = self.where.add_roles(1)[0]
        self.keep_a_password("https://localhost:1/")
        home = self.secrets_of_the_home()
        self.answering(home | {"master key": (self.where.home / "key").read_bytes(), "a name": USER.encode()}, profile=team)

    def test_the_process_that_answers_does_not_have_the_passphrase(self):
        """The passphrase is what opens the store of the keys that are used."""
        del self.where.environment["TOUCHSTS_KEY_FILE"]
        self.where.environment["TOUCHSTS_KEYRING"] = "off"
        self.with_text(["setup", "--passphrase"], "--passphrase-fd", text=PASSPHRASE)
        self.where.environment["TOUCHSTS_PASSPHRASE"] = PASSPHRASE
        done = self.where.run("keys", "import", "--profile", "base", environment=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(self.where.user.secret, (self.where.home / ".aws/credentials").read_text())
        team = self.where.add_roles(1)[0]
        self.keep_a_password("https://localhost:1/")
        home = self.secrets_of_the_home()
        self.answering(home | {"a name": USER.encode()}, profile=team)

    def test_the_reader_of_pages_has_the_page_and_nothing_else(self):
        """The page after the log-in takes its reader two seconds."""
        login = '<form method="post" action="/in"><input type="hidden" name="csrf" value="canary-of-the-page-before"><input name="user"><input type="password" name="password"></form>'
        code = '<form method="post" action="/code"><input type="hidden" name="state" value="canary-of-the-second-page"><input name="otp"></form>'
        slow = "<p>canary-of-the-page" + "<b><i>" * 150_000

        def answer(request):
            if request.method == "GET":
                return 200, [*pages.PAGE, ("Set-Cookie", "session=canary-of-the-cookie; Secure")], login
            if request.path == "/in":
                return 200, [*pages.PAGE, ("X-Request-Id", "canary-of-a-header")], code
            return 200, pages.PAGE, slow
        made = self.enterContext(site.running(answer, authority().server))
        self.keep_a_password(made.origin + "/?client=canary-of-the-query")
        home = self.secrets_of_the_home()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            running = pool.submit(started, self.where, made.origin + "/?client=canary-of-the-query", "--token-code", "739146", password="canary-of-the-password", environment=ENVIRONMENT)
            process, memory = {}, b""

            def caught():
                nonlocal process, memory
                for number in processes_with("touchsts-page-reader"):
                    try:
                        process, memory = self.seen(number)
                    except OSError:
                        continue
                    if b"canary-of-the-page<" in memory:
                        return True
                return False
            wait_for(caught, 20)
            self.assertNotEqual(running.result().returncode, 0)
        sent = b"".join(request.headers.as_bytes() + request.body for request in made.requests)
        for text in (b"session=canary-of-the-cookie", b"canary-of-the-password", b"canary-of-the-page-before", b"canary-of-the-second-page", b"739146"):
            self.assertIn(text, sent)  # the program had it
        self.check(process, memory, home | of_environment() | {
            "password": b"canary-of-the-password", "user name": USER.encode(), "cookie": b"canary-of-the-cookie", "code": b"739146", "a field of the first page": b"canary-of-the-page-before",
            "a field of the page before": b"canary-of-the-second-page", "a header": b"canary-of-a-header", "the endpoint": b"canary-of-the-query", "master key": (self.where.home / "key").read_bytes()})
        self.assertIn("Seccomp:\t2", process["status"])


if __name__ == "__main__":
    unittest.main()
