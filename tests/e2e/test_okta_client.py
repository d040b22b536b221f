"""Okta's own client judges the strict Okta that our log-ins are tried at: what it takes for an Okta, we may."""
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest

from support import authority

from identity_providers import okta, site
from strict_sts import totp

HERE = pathlib.Path(__file__).resolve().parent


class Client:
    """tests/e2e/node/okta.js, step by step."""

    def __init__(self, origin):
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NODE_PATH": os.environ["TOUCHSTS_NODE_MODULES"],
                       "NODE_EXTRA_CA_CERTS": authority().bundle}
        self.process = subprocess.Popen(["node", HERE / "node/okta.js", origin], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate(timeout=60)

    def __call__(self, step, **options):
        self.process.stdin.write(json.dumps({"step": step, **options}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class OktaClient(unittest.TestCase):
    def setUp(self):
        modules = os.environ.get("TOUCHSTS_NODE_MODULES", "")
        if not shutil.which("node") or not os.path.isdir(f"{modules}/@okta/okta-auth-js"):
            self.skipTest("not installed: node and the packages of tests/e2e/node (TOUCHSTS_NODE_MODULES)")

    def at(self, *factors, **options):
        made = okta.Okta([], factors)
        for name, value in options.items():
            setattr(made, name, value)
        made.origin = self.enterContext(site.running(made, authority().server)).origin
        client = self.enterContext(Client(made.origin))
        return made, client

    def log_in(self, made, client, password=None):
        return client("log_in", username=made.username, password=password or made.password)

    def assert_done(self, made, answer):
        self.assertEqual(answer["status"], "SUCCESS", answer)
        self.assertIn(answer["sessionToken"], made.session_tokens)

    def test_a_password(self):
        made, client = self.at()
        self.assertEqual(self.log_in(made, client, "incorrect"), {"error": "E0000004"})
        self.assert_done(made, self.log_in(made, client))

    def test_states_of_the_account(self):
        for status in ("LOCKED_OUT", "PASSWORD_EXPIRED", "MFA_ENROLL"):
            with self.subTest(status):
                made, client = self.at(status=status)
                self.assertEqual(self.log_in(made, client)["status"], status)

    def test_a_rate_limit(self):
        made, client = self.at(limit=0)
        self.assertEqual(self.log_in(made, client), {"error": "E0000047"})

    def test_codes(self):
        for kind in ("totp", "google"):
            with self.subTest(kind):
                made, client = self.at(kind, "sms")
                asked = self.log_in(made, client)
                self.assertEqual((asked["status"], asked["factors"]), ("MFA_REQUIRED", [f"f{kind}", "fsms"]))
                step = int(time.time()) // totp.PERIOD
                wrong = f"{(int(totp.code(made.seed, step + 9)) + 1) % 10**6:06}"
                self.assertEqual(client("verify", factor=f"f{kind}", given={"passCode": wrong}), {"error": "E0000068"})
                right = totp.code(made.seed, int(time.time()) // totp.PERIOD)
                self.assert_done(made, client("verify", factor=f"f{kind}", given={"passCode": right}))

    def test_too_many_wrong_codes(self):
        made, client = self.at("totp")
        self.log_in(made, client)
        errors = [client("verify", factor="ftotp", given={"passCode": "abcdef"})["error"] for _ in range(5)]
        self.assertEqual(errors, ["E0000068"] * 4 + ["E0000069"])

    def test_a_message(self):
        made, client = self.at("sms")
        self.log_in(made, client)
        asked = client("verify", factor="fsms", given={})
        self.assertEqual((asked["status"], asked["factor"]), ("MFA_CHALLENGE", "fsms"))
        self.assert_done(made, client("verify", factor="fsms", given={"passCode": made.sms_code}))

    def test_a_question(self):
        made, client = self.at("question")
        self.log_in(made, client)
        self.assertEqual(client("verify", factor="fquestion", given={"answer": "red"}), {"error": "E0000068"})
        self.assert_done(made, client("verify", factor="fquestion", given={"answer": made.answer}))

    def test_a_telephone(self):
        for kind in ("push", "number"):
            with self.subTest(kind):
                made, client = self.at(kind)
                self.log_in(made, client)
                asked = client("verify", factor=f"f{kind}", given={})
                self.assertEqual((asked["status"], asked["factorResult"]), ("MFA_CHALLENGE", "WAITING"))
                self.assert_done(made, client("poll"))

    def test_a_telephone_that_refuses(self):
        for result in ("REJECTED", "TIMEOUT"):
            with self.subTest(result):
                made, client = self.at("push", push=["WAITING", result])
                self.log_in(made, client)
                client("verify", factor="fpush", given={})
                self.assertEqual(client("poll")["factorResult"], result)
