"""One card model, two clients: Yubico's own ykman proves that the model is right, and touchsts works beside it through
pcscd. The card sits in the virtual reader of vsmartcard."""
import base64
import json
import re
import subprocess

import reader
from support import BINARY, Case, PATH
from virtual_yubikey.card import Card
from virtual_yubikey.vpcd import READER

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
daemon = None


def setUpModule():
    global daemon
    daemon = reader.start("ykman")


def tearDownModule():
    if daemon:
        daemon.close()


class Beside(Case):
    def setUp(self):
        self.card = Card()
        reader.insert(self, daemon, self.card)

    def ykman(self, *arguments):
        done = subprocess.run(["ykman", "--reader", READER, "oath", *arguments], capture_output=True, text=True, timeout=60, env={"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/nonexistent"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def touchsts(self, *arguments):
        return subprocess.run([BINARY, "oath", *arguments, "--pcsc-reader", "Virtual PCD"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, start_new_session=True)

    def test_a_uri_of_any_length_is_taken_whole_or_not_at_all(self):
        """Cut at a length of our own, the secret would be another one."""
        for padding in (900, 985, 1000, 3000, 8100, 20000):
            uri = f"otpauth://totp/L:n{padding}?image={'x' * padding}&secret={SEED}&issuer=L"
            done = subprocess.run([BINARY, "oath", "add", "--pcsc-reader", "Virtual PCD"], input=uri + "\n", capture_output=True, text=True, timeout=60, start_new_session=True)
            if done.returncode == 0:
                self.assertEqual(self.card.oath.accounts[f"L:n{padding}".encode()].key[:20], base64.b32decode(SEED))
            self.assertEqual(done.returncode == 0, padding <= 3000, done.stderr)

    def labels(self):
        done = self.touchsts("list", "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return sorted((f"{entry['issuer']}:" if entry["issuer"] else "") + entry["name"] for entry in json.loads(done.stdout))

    def test_ykman_and_touchsts_see_the_same_accounts(self):
        self.assertEqual(self.ykman("accounts", "list"), "")
        self.ykman("accounts", "add", "--touch", "--issuer", "ACME", "alice", SEED)
        self.ykman("accounts", "add", "--period", "60", "--digits", "8", "--algorithm", "SHA256", "bob", SEED)
        self.ykman("accounts", "add", "--oath-type", "HOTP", "counter", SEED)
        self.assertEqual(self.labels(), ["ACME:alice", "bob", "counter"])
        self.assertEqual(sorted(self.ykman("accounts", "list").split()), ["60/bob", "ACME:alice", "counter"])
        self.assertIn("Requires Touch", self.ykman("accounts", "code"))
        self.ykman("accounts", "rename", "alice", "Other:ada", "--force")
        self.ykman("accounts", "delete", "counter", "--force")
        self.assertEqual(self.labels(), ["Other:ada", "bob"])
        # What touchsts changes, ykman sees.
        self.assertEqual(self.touchsts("rename", "ada", "ACME:ada").returncode, 0)
        self.assertEqual(self.touchsts("delete", "bob", "--force").returncode, 0)
        self.assertEqual(self.ykman("accounts", "list"), "ACME:ada\n")

    def test_both_calculate_the_same_code(self):
        self.ykman("accounts", "add", "ACME:alice", SEED)
        for _ in range(3):  # until both fall into one step
            theirs = self.ykman("accounts", "code", "--single", "alice")
            ours = self.touchsts("code", "ACME:alice")
            self.assertEqual(ours.returncode, 0, ours.stderr)
            if ours.stdout == theirs:
                break
        self.assertEqual(ours.stdout, theirs)
        self.assertRegex(self.touchsts("info").stdout, r"^YubiKey 12345678: OATH 5\.4\.3, device \S+, no password, " + re.escape(READER))

    def test_a_touch_through_pcscd(self):
        self.ykman("accounts", "add", "--touch", "ACME:alice", SEED)
        self.card.touch_after = 1.0
        done = self.touchsts("code", "alice")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_fails(self.touchsts("code", "alice", "--no-prompt"), 6, "--no-prompt forbids to ask")
        self.assertEqual(self.touchsts("list").returncode, 0)  # pcscd is still busy with what was given up
        self.ykman("accounts", "list")

    def test_a_password_set_by_ykman(self):
        self.ykman("accounts", "add", "ACME:alice", SEED)
        self.ykman("access", "change", "--new-password", "secret")
        self.assertIn("with a password", self.touchsts("info").stdout)
        self.assert_fails(self.touchsts("list", "--no-prompt"), 6, "has a password")
        self.assertEqual(self.ykman("accounts", "list", "--password", "secret"), "ACME:alice\n")

    def test_many_accounts_come_in_parts(self):
        for number in range(32):
            self.card.oath.add(f"Issuer{number:02}:somebody{number:02}@example.org", b"x" * 20)
        self.assertEqual(len(self.labels()), 32)
        self.assertEqual(self.ykman("accounts", "list").count("example.org"), 32)

    def test_a_hundred_accounts_of_a_key_that_sends_only_what_it_is_asked_for(self):
        self.card.obeys_le, self.card.oath.room, self.card.oath.overwrites = True, 100, False
        for number in range(100):
            self.card.oath.add(f"Issuer{number:03}:somebody@example.org", b"x" * 20)
        self.assertEqual(len(self.labels()), 100)
        self.assertEqual(self.ykman("accounts", "list").count("example.org"), 100)
        for options, code in (((), 2), (("--force",), 0)):
            done = subprocess.run([BINARY, "oath", "add", "Issuer007:somebody@example.org", "--pcsc-reader", "Virtual PCD", *options], capture_output=True, text=True, timeout=60, input=SEED + "\n", start_new_session=True)
            self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(self.card.oath.accounts[b"Issuer007:somebody@example.org"].key, b"12345678901234567890")
        self.assertEqual(len(self.labels()), 100)

    def test_names_that_are_taken_or_would_be_read_otherwise(self):
        self.ykman("accounts", "add", "--issuer", "ACME", "alice", SEED)
        self.ykman("accounts", "add", "--issuer", "ACME", "bob", SEED)
        self.assert_fails(self.touchsts("rename", "ACME:alice", "ACME:bob"), 2, "the key has an account 'ACME:bob' already", "choose another name")
        for name, part in ((":alice", "one side of the ':' is empty"), ("ACME:", "one side of the ':' is empty"), ("al\nice", "control characters"), ("1/alice", "a period of 1 s"),
                           (b"al\xffice", "not UTF-8")):
            self.assert_fails(self.touchsts("rename", "ACME:alice", name), 2, part)
            done = subprocess.run([BINARY, "oath", "add", name, "--pcsc-reader", "Virtual PCD"], capture_output=True, text=True, timeout=60, input=SEED + "\n", start_new_session=True)
            self.assert_fails(done, 2, part)
        self.assertEqual(self.labels(), ["ACME:alice", "ACME:bob"])
        for empty in ("", "\n"):
            done = subprocess.run([BINARY, "oath", "add", "carol", "--pcsc-reader", "Virtual PCD"], capture_output=True, text=True, timeout=60, input=empty, start_new_session=True)
            self.assert_fails(done, 2, "there is no line on standard input")

    def test_an_account_that_counts(self):
        self.ykman("accounts", "add", "--oath-type", "HOTP", "--counter", "3", "counter", SEED)
        self.assert_fails(self.touchsts("code", "counter"), 6, "give --force")
        self.assertEqual(self.card.oath.accounts[b"counter"].counter, 3)
        self.assertEqual(self.touchsts("code", "counter", "--force").stdout, "969429\n")  # RFC 4226, appendix D
        self.assertEqual(self.ykman("accounts", "code", "--single", "counter"), "338314\n")

    def test_no_such_reader_and_no_pcscd(self):
        done = subprocess.run([BINARY, "oath", "list", "--pcsc-reader", "nowhere"], capture_output=True, text=True, timeout=60)
        self.assert_fails(done, 5, "pcscd has no card in a reader named 'nowhere'")
