"""A home whose MFA device is an account on a card in pcscd's reader."""
import base64
import json
import subprocess

import reader
from support import BINARY, Case, place
from virtual_yubikey.card import Card


class WithCard(Case):
    daemon = None  # of the module

    def setUp(self):
        self.card = Card()
        self.card.touch_after = 1.0
        context = place(own='[defaults]\npcsc_reader = "Virtual PCD"\n')
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.card.oath.add(self.where.serial, base64.b32decode(self.where.user.mfa[self.where.serial]), touch=True)
        reader.insert(self, self.daemon, self.card)

    def own_config(self, text):
        file = self.where.home / ".config/touchsts/config.toml"
        file.write_text(file.read_text() + text)

    def start(self, *options, environment=None):
        return subprocess.Popen([BINARY, "credential-process", "--profile", "ops", *options], env=self.where.environment | (environment or {}), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def finish(self, process, code=0):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err)
        if code == 0:
            self.assertEqual(err, "")
            self.assertIn("SecretAccessKey", json.loads(out))
        return err
