"""`touchsts export` in the shells that evaluate it."""
import shutil
import subprocess
import unittest

from support import BINARY, PATH, Case, habits, place

# What an SDK would take beside or before the new credentials.
OF_BEFORE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID", "AWS_CREDENTIAL_EXPIRATION", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
             "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
SHELLS = {"sh": ("env", 'eval "$({})"'), "bash": ("env", 'eval "$({})"'), "fish": ("fish", "eval ({})")}


class Shells(Case):
    def test_export(self):
        for shell, (kind, line) in SHELLS.items():
            for answers in habits.ANSWERS:
                with self.subTest(shell=shell, answers=answers):
                    if not shutil.which(shell, path=PATH):
                        self.skipTest(f"{shell} is not installed")
                    habits.chosen = ("usual", answers)
                    with place() as where:
                        command = f"{BINARY} export --profile plain --format {kind}"
                        environment = where.environment | {name: f"{name} of before" for name in OF_BEFORE}
                        done = subprocess.run([shell, "-c", line.format(command) + "; env -0"], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
                        self.assertEqual((done.returncode, done.stderr), (0, ""))
                        variables = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)
                        session = where.service.sessions[variables["AWS_ACCESS_KEY_ID"]]
                        self.assertEqual((variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]), (session.secret, session.token))
                        self.assertEqual([name for name in OF_BEFORE if "of before" in variables.get(name, "")], [])


if __name__ == "__main__":
    unittest.main()
