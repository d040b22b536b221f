"""touchsts migrate: what other programs were configured to do, in our own configuration."""
import os
import subprocess
import tomllib
import unittest

from support import Case, place


class Migrate(Case):
    def lay_out(self, where):
        keys = f"aws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n"
        (where.home / ".aws/config").write_text(
            f"# mine\n[profile vegas]\nvegas_source_profile = base\nvegas_role_arn = {where.role}\nmfa_serial = {where.serial}\nregion = us-east-1\n"
            "duration_seconds = 900\ncredential_process = vegas-credentials assume --profile=vegas\n"
            "[profile meeuw]\nregion = us-east-1\ncredential_process = /usr/bin/aws-credential-process --config-section dev\n"
            f"[profile vaulted]\ncredential_process = aws-vault exec plain --json\n[profile plain]\nrole_arn = {where.plain_role}\ninclude_profile = common\n"
            "[profile common]\nsource_profile = base\nregion = us-east-1\nrole_session_name = q.q\n"
            f"[profile other]\ncredential_process = some-program\n[temp]\nsource_profile = perm\n[perm]\nmfa_serial = {where.serial}\nuser_arn = x\n")
        (where.home / ".aws/credentials").write_text(f"[base]\n{keys}[perm]\n{keys}[work-long-term]\n{keys}aws_mfa_device = {where.serial}\n")
        folder = where.home / ".config/aws-credential-process"
        folder.mkdir()
        (folder / "config.toml").write_text(f'[[dev]]\nmfa_serial_number = "{where.serial}"\ncredentials_section = "base"\nassume_role_arn = "{where.role}"\n'
                                            'assume_role_policy_arns = ["arn:aws:iam::aws:policy/A"]\n')

    def test_it_says_what_would_change_and_changes_nothing(self):
        with place() as where:
            self.lay_out(where)
            files = [where.home / ".aws/config", where.home / ".aws/credentials", where.home / ".config/touchsts/config.toml"]
            before = [file.read_bytes() for file in files]
            done = where.run("migrate")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual([file.read_bytes() for file in files], before)
            for text in ("[profile vegas] calls vegas-credentials\n", "[profile meeuw] calls aws-credential-process\n", "[profile vaulted] calls aws-vault\n",
                         "[profile plain] takes keys from others by include_profile\n", "[work-long-term] is a section of aws-mfa\n",
                         "[temp] is a section of awsmfa\n", "touchsts login --profile work-long-term --write work", "touchsts login --profile perm --write temp",
                         "nothing is changed; --apply does it\n"):
                self.assertIn(text, done.stdout)
            self.assertNotIn("some-program", done.stdout)
            self.assertNotIn(where.user.secret, done.stdout)

    def test_applied_every_profile_gives_the_same_role_as_before(self):
        with place() as where:
            self.lay_out(where)
            done = where.run("migrate", "--apply")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            own = tomllib.loads((where.home / ".config/touchsts/config.toml").read_text())
            self.assertIn("allowed_endpoints", own)  # what was there
            self.assertEqual(own["profile"]["vegas"], {"role_arn": where.role, "source_profile": "base", "mfa_serial": where.serial, "region": "us-east-1",
                                                       "duration_seconds": 900, "role_session_name": own["profile"]["vegas"]["role_session_name"]})
            self.assertEqual(own["profile"]["meeuw"], {"role_arn": where.role, "source_profile": "base", "mfa_serial": where.serial,
                                                       "role_session_name": "aws_credential_process", "policy_arns": ["arn:aws:iam::aws:policy/A"]})
            self.assertEqual(own["profile"]["work-long-term"], {"mfa_serial": where.serial})
            config = (where.home / ".aws/config").read_text()
            self.assertTrue(config.startswith("# mine\n[profile vegas]\n"))
            self.assertEqual(config.count("touchsts credential-process --profile"), 3)
            self.assertIn("credential_process = some-program", config)
            code = where.service.fresh_code(where.user)
            login = where.run("login", "--profile", "work-long-term", "--token-code", code)
            self.assertEqual(login.returncode, 0, login.stderr)
            for profile, name in (("vegas", "ops"), ("meeuw", "ops"), ("vaulted", "plain")):
                cli = subprocess.run(["aws", "--profile", profile, "--region", "us-east-1", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"],
                                      "sts", "get-caller-identity", "--output", "text"], env=where.environment, capture_output=True, text=True,
                                     stdin=subprocess.DEVNULL, start_new_session=True)
                self.assertIn(f"assumed-role/{name}/", cli.stdout, cli.stderr)
            # Once more there is nothing left to do but what is done by hand.
            again = where.run("migrate", "--apply")
            self.assertEqual((where.home / ".aws/config").read_text(), config)
            self.assertNotIn("calls vegas-credentials", again.stdout)

    def test_nothing_to_do(self):
        with place() as where:
            done = where.run("migrate")
            self.assertEqual((done.returncode, done.stdout), (0, "nothing of other programs was found\n"))

    def test_what_cannot_be_read_is_said(self):
        with place() as where:
            with open(where.home / ".aws/config", "a") as config:
                config.write("[profile a]\ncredential_process = vegas-credentials assume --profile none\n[profile b]\ncredential_process = aws-credential-process --frob\n"
                             "[profile c]\ncredential_process = aws-credential-process --mfa-serial-number x --access-key-id AKIANOBODY\n")
            done = where.run("migrate")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("it does not give credentials as it is", done.stdout)
            self.assertIn("unrecognized arguments: --frob", done.stdout)
            self.assertIn("put its long-term keys into a section of ~/.aws/credentials first", done.stdout)

    # A profile that takes its keys from one with a command.
    COMMAND = "[profile plain]\nrole_arn = arn:aws:iam::123456789012:role/plain\ninclude_profile = common\n[profile common]\nsource_profile = base\nmfa_process = touch {}\n"

    def own_file(self, where):
        return (where.home / ".config/touchsts/config.toml").read_text()

    def test_commands_of_a_file_that_the_environment_names_stay_there(self):
        with place() as where:
            config = where.home / "repository-config"
            config.write_text(self.COMMAND.format(where.home / "ran") + "[profile asks]\nregion = us-east-1\n"
                              f"credential_process = aws-credential-process --mfa-serial-number {where.serial} --access-key-id {where.user.access_key_id} --pin-entry /tmp/evil\n")
            config.chmod(0o600)
            before, own = config.read_text(), self.own_file(where)
            keys = f"[base]\naws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n"
            (where.home / ".aws/credentials").write_text(keys)
            environment = {**where.environment, "AWS_CONFIG_FILE": str(config)}
            done = where.run("migrate", environment=environment)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"left out: mfa_process in {config} line 6 is not run", done.stdout)
            self.assertIn(f"left out: pinentry in {config} line 9 is not run", done.stdout)
            self.assertNotIn("mfa_process =", done.stdout)
            self.assertNotIn("pinentry =", done.stdout)
            done = where.run("migrate", "--apply", environment=environment)
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn(f"AWS_CONFIG_FILE names {config}", done.stderr)
            self.assertIn("unset AWS_CONFIG_FILE", done.stderr)
            self.assertEqual((config.read_text(), self.own_file(where)), (before, own))
            done = where.run("migrate", "--apply", environment={**where.environment, "AWS_SHARED_CREDENTIALS_FILE": str(config)})
            self.assertEqual((done.returncode, done.stdout, self.own_file(where)), (3, "", own))
            self.assertIn("AWS_SHARED_CREDENTIALS_FILE", done.stderr)
            # The usual file by its own name is no other file.
            done = where.run("migrate", "--apply", environment={**where.environment, "AWS_CONFIG_FILE": str(where.home / ".aws/config")})
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_commands_of_a_file_that_others_can_write_stay_there(self):
        for mode, why in ((0o666, "it can be written by others"), (0o664, "it can be written by its group")):
            with self.subTest(oct(mode)), place() as where:
                config = where.home / ".aws/config"
                config.write_text(self.COMMAND.format("x"))
                os.chown(config, -1, 7)
                config.chmod(mode)
                done = where.run("migrate", "--apply")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"left out: mfa_process in {config} line 6 is not run: {why}", done.stdout)
                self.assertEqual(tomllib.loads(self.own_file(where))["profile"], {"plain": {"source_profile": "base"}})

    def test_commands_of_ones_own_file_come_along(self):
        with place() as where:
            (where.home / ".aws/config").write_text(self.COMMAND.format("'a \"b\"'"))
            self.assertEqual(where.run("migrate", "--apply").returncode, 0)
            self.assertEqual(tomllib.loads(self.own_file(where))["profile"]["plain"], {"source_profile": "base", "mfa_process": "touch 'a \"b\"'"})

    def test_session_tags_of_aws_vault(self):
        with place() as where:
            (where.home / ".aws/config").write_text("[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\nsession_tags = Team=x,Cost Center=y z\n"
                                                    "transitive_session_tags = Team\n[profile b]\ninclude_profile = a\nsession_tags = Other=1\n")
            done = where.run("migrate", "--apply")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(tomllib.loads(self.own_file(where))["profile"], {
                "a": {"tags": {"Team": "x", "Cost Center": "y z"}, "transitive_tag_keys": ["Team"]},
                "b": {"tags": {"Other": "1"}, "transitive_tag_keys": ["Team"], "role_arn": "arn:aws:iam::123456789012:role/a", "source_profile": "base"}})

    def test_everything_that_aws_vault_hands_on(self):
        handed_on = {"source_identity": "ada", "endpoint_url": "https://sts.example", "sts_regional_endpoints": "legacy", "external_id": "x"}
        lines = "".join(f"{key} = {value}\n" for key, value in handed_on.items())
        for word in ("include_profile", "parent_profile"):
            with self.subTest(word), place() as where:
                (where.home / ".aws/config").write_text("[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n"
                                                        f"{word} = common\n[profile common]\n{lines}")
                done = where.run("migrate", "--apply")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"[profile a] takes keys from others by {word}\n", done.stdout)
                self.assertEqual(tomllib.loads(self.own_file(where))["profile"], {"a": handed_on})

    def test_nothing_is_wrong_afterwards(self):
        self.maxDiff = None
        with place() as where:
            self.lay_out(where)
            config = where.home / ".aws/config"
            config.write_text(config.read_text().split("[profile other]")[0].replace("duration_seconds = 900", "duration_seconds = 3600"))
            (where.home / ".aws/credentials").chmod(0o600)
            config.chmod(0o600)
            done = where.run("migrate", "--apply")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            done = where.run("config", "check")
            self.assertEqual((done.returncode, done.stdout), (0, "nothing to complain about\n"))

    def test_values_cannot_become_sections(self):
        text = '1\n  [profile.evil]\n  mfa_process = "touch ran"'
        with place() as where:
            (where.home / ".aws/config").write_text(
                f'[profile "a b"]\nrole_arn = arn:aws:iam::123456789012:role/x\ninclude_profile = common\n[profile common]\nsource_profile = base\n'
                f"duration_seconds = {text}\nrole_session_name = {text}\nexternal_id = q\"q\\q\n  [profile.evil]\nregion = x\x07y\n")
            own = tomllib.loads(self.own_file(where))
            done = where.run("migrate", "--apply")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("left out: duration_seconds", done.stdout)
            self.assertNotIn("\x07", done.stdout)
            now = tomllib.loads(self.own_file(where))
            self.assertEqual(now.pop("profile"), {"a b": {"source_profile": "base", "role_session_name": '1\n[profile.evil]\nmfa_process = "touch ran"',
                                                          "external_id": 'q"q\\q\n[profile.evil]', "region": "x\x07y"}})
            self.assertEqual(now, own)


if __name__ == "__main__":
    unittest.main()
