"""pcscd of Debian 13, which speaks protocol 4:5 and refuses clients of 4:4."""
import re
import subprocess

import reader
from support import BINARY, Case
from virtual_yubikey.card import Card
from virtual_yubikey.vpcd import READER

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
daemon = None


def setUpModule():
    global daemon
    daemon = reader.start_newer()


def tearDownModule():
    if daemon:
        daemon.close()


class Newer(Case):
    def setUp(self):
        self.card = Card()
        reader.insert(self, daemon, self.card)

    def touchsts(self, *arguments, stdin=""):
        return subprocess.run([BINARY, "oath", *arguments, "--pcsc-reader", "Virtual PCD"], capture_output=True, text=True, timeout=60, start_new_session=True, input=stdin)

    def test_the_key_is_seen_and_used(self):
        info = self.touchsts("info")
        self.assertRegex(info.stdout, r"^YubiKey 12345678: OATH 5\.4\.3, device \S+, no password, " + re.escape(READER))
        added = self.touchsts("add", stdin=f"otpauth://totp/ACME:alice?secret={SEED}&issuer=ACME\n")
        self.assertEqual(added.returncode, 0, added.stderr)
        self.card.touch_after = 1.0
        code = self.touchsts("code", "alice")
        self.assertEqual(code.returncode, 0, code.stderr)
        self.assertRegex(code.stdout, r"^\d{6}\n$")
        removed = self.touchsts("delete", "alice", "--force")
        self.assertEqual(removed.returncode, 0, removed.stderr)

    def test_a_reader_that_is_not_there(self):
        done = subprocess.run([BINARY, "oath", "info", "--pcsc-reader", "Another"], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("pcscd has no card in a reader named 'Another'", done.stderr)
