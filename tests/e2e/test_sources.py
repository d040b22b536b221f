"""What SDKs take from a profile before they ask touchsts: every key of it is known to every command."""
import json
import unittest

from support import Case, place

OTHERS = ("web_identity_token_file", "sso_session", "sso_start_url", "sso_account_id", "sso_role_name", "login_session")


class Sources(Case):
    def test_setup_check_serve_and_explain_know_each(self):
        with place() as where:
            config = where.home / ".aws/config"
            before = config.read_text()
            for key in OTHERS:
                with self.subTest(key):
                    config.write_text(before + f"[profile theirs]\n{key} = x\ncredential_process = /bin/other\n[default]\n{key} = x\n"
                                      f"[profile keys]\naws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n{key} = x\n")
                    self.assert_fails(where.run("setup", "profile", "theirs", "--profile", "plain"), 3, f"has {key}, which SDKs would take instead")
                    self.assertIn(f"profile theirs: it has {key} and credential_process", where.run("config", "check").stdout)
                    self.assert_fails(where.run("exec", "--serve", "--profile", "plain", "--", "true"), 125, "the profile default has credentials of its own")
                    explained = json.loads(where.run("config", "explain", "--profile", "keys", "--format", "json").stdout)
                    self.assertIn(f"({key})", explained["sdks_take"])
            config.write_text(before)
            self.assertNotIn("sdks_take", json.loads(where.run("config", "explain", "--profile", "ops", "--format", "json").stdout))
            done = where.run("exec", "--serve", "--profile", "plain", "--", "true")
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
