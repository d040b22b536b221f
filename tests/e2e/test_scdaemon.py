"""Beside GnuPG: Debian's scdaemon uses the card alone, and touchsts gets its code through gpg-agent."""
import subprocess
import time

import reader
from support import BINARY, PATH
from test_flooding import GRACE, UnixPeer, flooding
from virtual_yubikey.card import OPENPGP
from with_card import WithCard


def setUpModule():
    WithCard.daemon = reader.start("gpg", "gpg-connect-agent", "gpgconf")


def tearDownModule():
    if WithCard.daemon:
        WithCard.daemon.close()


class BesideGnuPG(WithCard):
    def setUp(self):
        super().setUp()
        home = self.where.home / ".gnupg"
        home.mkdir(mode=0o700)
        (home / "scdaemon.conf").write_text("disable-ccid\n")  # as on a machine where pcscd runs
        self.addCleanup(subprocess.run, ["gpgconf", "--kill", "all"], env=self.where.environment, capture_output=True)

    def card_status(self):
        done = subprocess.run(["gpg", "--card-status"], env=self.where.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Serial number ....: 12345678", done.stdout)

    def oath(self, *arguments):
        return subprocess.run([BINARY, "oath", *arguments, "--pcsc-reader", "Virtual PCD"], env=self.where.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, start_new_session=True)

    def test_a_code_while_scdaemon_uses_the_card_alone(self):
        self.card_status()
        self.finish(self.start())
        self.card_status()
        done = self.oath("list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.card_status()
        self.assertEqual(self.card.touches, 1)

    def test_a_card_without_an_applet_that_gnupg_knows(self):
        self.card.disabled.add(OPENPGP)
        subprocess.run(["gpg-connect-agent", "SCD SERIALNO undefined", "/bye"], env=self.where.environment, capture_output=True, check=True)
        done = self.oath("list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("mfa/ada", done.stdout)

    def test_a_key_given_up_while_it_awaits_its_touch(self):
        self.card_status()
        self.card.patience, self.card.touch_after = 2, None
        self.assert_fails(self.oath("code", self.where.serial, "--no-prompt"), 6, "--no-prompt forbids to ask")
        self.assertEqual(self.oath("list").returncode, 0)  # scdaemon is still busy with what was given up
        self.card_status()

    def test_an_agent_that_never_pauses(self):
        """In the place of gpg-agent, while its scdaemon has the card alone."""
        self.card_status()
        programs = self.where.folder / "programs"
        programs.mkdir()
        gpgconf = programs / "gpgconf"
        gpgconf.write_text(f"#!/bin/sh\necho {self.where.folder}/agent\n")
        gpgconf.chmod(0o755)
        asked = []
        for first, piece in ((b"", b"# x\n"), (b"OK\n", b"S PROGRESS\n"), (b"OK\n", b"D x\n"), (b"OK\n", b"INQUIRE X\n"), (b"OK\n", b"x" * 4096)):
            with self.subTest(first=first, piece=piece):
                def behave(connection, first=first, piece=piece):
                    asked.append(piece)
                    flooding(piece, first=first, hear=False)(connection)

                agent = UnixPeer(self.where.folder / "agent", behave)
                began = time.monotonic()
                done = subprocess.run([BINARY, "--timeout", "3", "oath", "list", "--pcsc-reader", "Virtual PCD"], env=self.where.environment | {"PATH": f"{programs}:{PATH}"}, stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=60, start_new_session=True)
                self.assert_took(time.monotonic() - began, 3 + GRACE, awaited=3)
                self.assertNotEqual(done.returncode, 0)
                self.assert_fails(done, done.returncode)
                agent.close()
                (self.where.folder / "agent").unlink()
        self.assertEqual(len(set(asked)), 5)  # each was connected to

    def test_an_agent_without_scdaemon_is_left_alone(self):
        subprocess.run(["gpg-connect-agent", "/bye"], env=self.where.environment, capture_output=True, check=True)
        self.assertEqual(self.oath("list").returncode, 0)
        self.assertEqual(subprocess.run(["gpg-connect-agent", "GETINFO scd_running", "/bye"], env=self.where.environment, capture_output=True, text=True).stdout[:3], "ERR")
