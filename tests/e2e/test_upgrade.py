"""Homes that the binary of commit 2e2f87f left (homes/make): everything in them is read, used, and can be changed."""
import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import tempfile

import gnome_keyring
from support import Case, PATH, place

HOMES = pathlib.Path(__file__).resolve().parent / "homes"
_loader = importlib.machinery.SourceFileLoader("homes_make", str(HOMES / "make"))
before = importlib.util.module_from_spec(importlib.util.spec_from_loader("homes_make", _loader))
_loader.exec_module(before)


class Upgrade(Case):
    def setUp(self):
        context = place()
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.user = before.add_user(self.where.service)
        self.addCleanup(lambda: self.where.run("cache", "lock"))

    def move_in(self, name):
        before.move_in(self.where, lambda: shutil.copytree(HOMES / "2e2f87f" / name, self.where.home))

    def ok(self, *arguments, **given):
        return before.run(self.where, *arguments, **given)

    def calls(self, *arguments):
        """How many calls STS saw, and which, when credentials are asked for."""
        self.where.service.calls.clear()
        self.assertIn("SecretAccessKey", self.ok("credential-process", "--profile", *arguments))
        return [call.parameters["Action"] for call in self.where.service.calls]

    def everything_is_there(self):
        shown = json.loads(self.ok("config", "show", "--format", "json"))
        self.assertEqual(shown["profiles"]["ops"]["oath_account"], "upgraded")
        self.assertEqual(self.calls("plain", "--renew"), ["AssumeRole"])
        # The role's credentials last longer than a session's would, so each time wants a code; the account on the key is the one of config.toml.
        self.assert_fails(self.where.run("credential-process", "--profile", "ops", "--renew", "--no-prompt"), 5, "no YubiKey found")
        code = self.where.service.fresh_code(self.user)
        self.assertEqual(self.calls("ops", "--renew", "--token-code", code), ["AssumeRole"])
        self.assertEqual(self.calls("ops"), [])
        listed = self.ok("keys", "list")
        for part in (before.KEY_ID, "saml-password ada at https://idp.example"):
            self.assertIn(part, listed)

    def keys_can_be_had_back(self):
        self.ok("keys", "export", "--profile", "base", "--to-section", "back", "--force")
        text = (self.where.home / ".aws/credentials").read_text()
        self.assertIn(before.SECRET, text)
        self.assertTrue(text.startswith("# keys\n") and "; the end\n" in text, text)

    def test_a_passphrase(self):
        self.move_in("passphrase")
        self.assert_fails(self.where.run("credential-process", "--profile", "plain", "--renew", "--no-prompt"), 9, "the key store is locked", "touchsts cache unlock")
        self.ok("cache", "unlock", given=before.PASSPHRASE, option="--passphrase-fd")
        self.everything_is_there()
        self.ok("cache", "rekey", given=before.PASSPHRASE, option="--passphrase-fd")
        self.assertEqual(self.calls("plain", "--renew"), ["AssumeRole"])
        self.keys_can_be_had_back()

    def test_a_key_file(self):
        self.move_in("key-file")
        self.where.environment["TOUCHSTS_KEY_FILE"] = str(self.where.home / "key")
        self.everything_is_there()
        self.keys_can_be_had_back()

    def test_the_desktops_secret_store(self):
        missing = [program for program in gnome_keyring.PROGRAMS if not shutil.which(program, path=PATH)]
        if missing:
            self.skipTest(f"{' and '.join(missing)} not installed")
        self.move_in("secret-service")
        runtime = tempfile.mkdtemp(prefix="touchsts-run-")
        self.addCleanup(shutil.rmtree, runtime, True)
        bus, address = gnome_keyring.start_bus()
        self.where.environment |= {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": runtime}
        daemon = gnome_keyring.start_daemon(self.where.environment, before.DESKTOP)
        for process in (bus, daemon):
            self.addCleanup(process.wait)
            self.addCleanup(process.terminate)
        self.everything_is_there()
        self.ok("cache", "rekey")
        self.assertEqual(self.calls("plain", "--renew"), ["AssumeRole"])
        self.keys_can_be_had_back()
