"""config show, check and explain on real files."""
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest

from support import BINARY, Case, place

HERE = pathlib.Path(__file__).resolve().parent


class Config(Case):
    def test_show_prints_every_rule_of_the_grammar(self):
        expected = {
            "profiles": {
                "default": {"region": "us-east-1"},
                "every/sign_of-a.name%@:+1": {"x": "3"},
                "nested": {"region": "eu-west-1", "s3": {"max_queue_size": "5", "addressing_style": "path=virtual"}},
                "plain": {"comment": "a", "continued": "first\nsecond # kept\nthird\nfourth", "empty": "", "hash": "a#b", "key": "wins",
                          "semicolon": "a", "utf8": "😂", "aws_access_key_id": "AKIAX", "aws_secret_access_key": "(hidden)"},
                "tabs": {"x": "1"},
                "with blanks": {"x": "2"},
            },
            "sso_sessions": {"corp": {"sso_region": "us-east-1"}},
            "services": {"local": {"sts": {"endpoint_url": "https://localhost:4566"}}},
        }
        with place() as where:
            (where.home / ".aws/credentials").write_text("[plain]\nkey = wins\naws_access_key_id = AKIAX\naws_secret_access_key = s\n[profile not]\nx = 1\n")
            for newline in ("\n", "\r\n"):
                (where.home / ".aws/config").write_text((HERE / "grammar.config").read_text(), newline=newline)
                done = where.run("config", "show", "--format", "json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout), expected)

    def test_check_finds_faults_and_says_so_by_its_exit_code(self):
        with place() as where:
            done = where.run("config", "check")
            self.assertEqual((done.returncode, done.stdout), (0, "nothing to complain about\n"))
            config = where.home / ".aws/config"
            config.write_text(config.read_text() + "[profile bad]\nrole_arn = arn:aws-cn:iam::123456789012:role/x\nsource_profile = base\nregion = us-east-1\n")
            config.chmod(0o666)
            done = where.run("config", "check", "--format", "json")
            self.assertEqual(done.returncode, 3)
            found = json.loads(done.stdout)
            self.assertEqual({(item["weight"], item["where"]) for item in found}, {("warning", str(config)), ("error", "profile bad")})

    def test_files_that_are_pipes(self):
        """As bash gives them: --token-code-file <(command); slowly, and by a name."""
        with place() as where:
            for delay in (0, 1):
                script = (f"AWS_SHARED_CREDENTIALS_FILE=<(sleep {delay}; cat {where.home}/.aws/credentials) AWS_CONFIG_FILE=<(sleep {delay}; cat {where.home}/.aws/config) "
                          f"{BINARY} credential-process --profile ops --no-cache --token-code-file <(sleep {delay}; echo {where.service.fresh_code(where.user)})")
                done = subprocess.run(["bash", "-c", script], env=where.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
            named = where.home / "pipe"
            os.mkfifo(named)
            writer = subprocess.Popen(["sh", "-c", f"sleep 1; cat {where.home}/.aws/credentials >{named}"])
            done = where.run("credential-process", "--profile", "plain", "--no-cache", environment={"AWS_SHARED_CREDENTIALS_FILE": str(named)})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            writer.wait()
            done = where.run("credential-process", "--profile", "plain", "--no-cache", environment={"AWS_SHARED_CREDENTIALS_FILE": str(named)})
            self.assert_fails(done, 3, "nothing came through the pipe in time")

    def test_what_is_no_regular_file_is_refused_at_once(self):
        with place() as where:
            named = where.home / "pipe"
            os.mkfifo(named)
            for file, kind in ((where.home, "a directory"), ("/dev/zero", "a device"), ("/dev/tty0", "")):
                for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
                    done = where.run("credential-process", "--profile", "plain", environment={variable: str(file)}, timeout=2)
                    self.assert_fails(done, 3, f"{file}: ", kind and f"it is {kind}, not a regular file")
                self.assert_fails(where.run("--config", str(file), "credential-process", "--profile", "plain", timeout=2), 3, f"{file}: ")
            for file in (named, where.home, "/dev/zero"):
                done = where.run("credential-process", "--profile", "plain", environment={"TOUCHSTS_KEY_FILE": str(file)}, timeout=2)
                self.assert_fails(done, 9, f"key file {file} (TOUCHSTS_KEY_FILE): it is a", "not a regular file")
                done = where.run("--timeout", "1", "credential-process", "--profile", "plain", "--no-cache", environment={"AWS_CA_BUNDLE": str(file)}, timeout=3)
                self.assert_fails(done, 3, f"CA bundle {file} (AWS_CA_BUNDLE): ", "nothing came through the pipe" if file == named else "it is not a regular file")
            done = where.run("config", "show", environment={"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"})
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_pipes_are_waited_for_until_the_timeout(self):
        with place() as where:
            named = where.home / "pipe"
            os.mkfifo(named)
            for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
                done = where.run("credential-process", "--profile", "plain", "--timeout", "1", environment={variable: str(named)}, timeout=3)
                self.assert_fails(done, 3, f"{named}: nothing came through the pipe in time")
            self.assert_fails(where.run("--config", str(named), "config", "show", "--timeout", "1", timeout=3), 3, f"{named}: nothing came through the pipe in time")
            script = f"AWS_SHARED_CREDENTIALS_FILE=<(sleep 5; cat {where.home}/.aws/credentials) {BINARY} credential-process --profile plain --no-cache --timeout 30"
            done = subprocess.run(["bash", "-c", script], env=where.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            read, write = os.pipe()  # nothing is ever written to it
            done = where.run("credential-process", "--profile", "plain", "--timeout", "1", "--key-fd", str(read), pass_fds=(read,), timeout=3)
            os.close(read)
            os.close(write)
            self.assert_fails(done, 3, f"--key-fd {read}: nothing came through the pipe in time")

    def test_passwords_in_urls_are_not_shown(self):
        with place() as where:
            (where.home / ".aws/config").write_text(
                "[profile corp]\nsaml_endpoint = https://ada:hunter2@idp.example/app\nsaml_username = ada\nendpoint_url = http://ada:hunter2@sts.example\n"
                "saml_origins = https://ada:hunter2@b.example\n[services x]\nsts =\n  endpoint_url = https://ada:hunter2@sts.example\n")
            for words in (("config", "show"), ("config", "show", "--format", "json"), ("config", "check"), ("config", "explain", "--profile", "corp"),
                          ("doctor",), ("credential-process", "--profile", "corp", "--no-prompt"), ("migrate",)):
                done = where.run(*words, environment={"AWS_ENDPOINT_URL_STS": "", "HTTPS_PROXY": "http://ada:hunter2@"})
                self.assertNotIn("hunter", done.stdout + done.stderr, words)
            self.assertIn("saml_endpoint = https://ada:***@idp.example/app\n", where.run("config", "show").stdout)

    def test_explain_tells_of_a_broken_key_file(self):
        with place() as where:
            key = where.home / "key"
            key.chmod(0o644)
            done = where.run("config", "explain", "--profile", "ops")
            self.assertIn(f"cache_key_unusable: key file {key} (TOUCHSTS_KEY_FILE): it can be read by others; chmod 600 FILE\n", done.stdout)
            key.unlink()
            plan = json.loads(where.run("config", "explain", "--profile", "ops", "--format", "json").stdout)
            self.assertIn("there is no such file", plan["cache_key_unusable"])

    def test_a_torn_file_of_aws_stops_only_what_needs_it(self):
        with place() as where:
            where.login()
            config = where.home / ".aws/config"
            config.write_text("[profile x\n")
            for words in (("cache", "list"), ("cache", "status"), ("config", "check"), ("doctor",)):
                done = where.run(*words)
                self.assertEqual((done.returncode, done.stderr), (3 if words[0] != "cache" else 0, ""), words)
            self.assertIn("session", where.run("cache", "list").stdout)
            said = where.run("doctor").stdout
            self.assertRegex(said, rf"trouble  configuration: {config}.*line 1")
            self.assertIn("asking: ", said)
            self.assert_fails(where.run("config", "show"), 3, f"{config}: line 1")
            self.assertEqual(where.run("cache", "clear").stdout, "2 removed\n")

    def test_check_looks_at_commands(self):
        with place() as where:
            config, plain = where.home / ".aws/config", where.home / "plain"
            plain.write_text("no program")
            for line, text in (('mfa_process = "code ops', "the command has an open quote"), ("touch_command = /nowhere/x", "there is no executable file /nowhere/x"),
                               ("mfa_process = no-such-program", "there is no program no-such-program in PATH"), (f"pinentry = {plain}", f"there is no executable file {plain}"),
                               (f"saml_browser = {where.home}", f"there is no executable file {where.home}"), ("region =", "is empty")):
                config.write_text(f"[profile x]\noutput = json\n{line}\n")
                done = where.run("config", "check")
                self.assertEqual(done.returncode, 3, done.stdout)
                key = line.split()[0]
                self.assertRegex(done.stdout, f"error: profile x: {key} in {config} line 3.*{text}")
            config.write_text("[profile x]\nmfa_process = sh -c 'echo 1'\n")
            self.assertEqual(where.run("config", "check").stdout, "nothing to complain about\n")

    def test_a_bundle_that_is_a_pipe(self):
        """Read once, by every connection of the run."""
        with place() as where:
            script = f"AWS_CA_BUNDLE=<(sleep 0.5; cat {where.environment['AWS_CA_BUNDLE']}) exec {BINARY} credential-process --profile ops --no-cache --token-code {where.service.fresh_code(where.user)}"
            done = subprocess.run(["bash", "-c", script], env=where.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(where.service.count(), 2)
            named = where.home / "pipe"
            os.mkfifo(named, 0o600)
            began = time.monotonic()
            done = where.run("--timeout", "2", "credential-process", "--profile", "plain", "--no-cache", environment={"AWS_CA_BUNDLE": str(named)})
            self.assert_fails(done, 3, f"CA bundle {named} (AWS_CA_BUNDLE): nothing came through the pipe in time")
            self.assert_took(time.monotonic() - began, 3, awaited=2)

    def test_a_credential_process_that_is_ourselves_under_another_name(self):
        with place() as where:
            renamed = where.home / "my-tool"
            shutil.copy(BINARY, renamed)
            with open(where.home / ".aws/config", "a") as config:
                config.write(f"[profile mine]\ncredential_process = {renamed} --no-prompt credential-process --profile plain\n")
            done = subprocess.run([renamed, "credential-process", "--profile", "mine"], env=where.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(where.service.count(), 1)

    FINDINGS = {  # a config file, a credentials file, what is found
        "a section without its word": ("[dev]\nregion = us-east-1\n", "", "config line 1: [dev] does not count", "write [profile dev]"),
        "a word in capitals": ("[Profile x]\n", "", "config line 1: [Profile x] does not count", "write [profile x]"),
        "a name with a blank": ("[profile My Keys]\n", "", "config line 1: [profile My Keys] does not count", "write [profile 'My Keys']"),
        "a word too many": ("", "[profile dev]\nregion = x\n", "credentials line 1: [profile dev] does not count", "without 'profile' in front"),
        "another sign": ("[profile x]\nmfa-serial = y\n", "", "config line 2: unknown key mfa-serial", "did you mean mfa_serial?"),
        "a letter too many": ("[profile x]\nmfa_seriall = y\n", "", "config line 2: unknown key mfa_seriall", "did you mean mfa_serial?"),
        "a line of a shell": ("", "[x]\nexport AWS_ACCESS_KEY_ID = y\n", "credentials line 2: what stands before '=' is not a key", "NAME = VALUE"),
        "a colon for the sign": ("", "[x]\naws_access_key_id = y\naws_secret_access_key = z\naws_session_token: IQoJsecret==\n",
                                 "credentials line 4: what stands before '=' is not a key", ""),
        "half a pair": ("", "[x]\naws_access_key_id = y\n", "credentials line 1: [x] has aws_access_key_id alone", "add aws_secret_access_key"),
        "a section twice": ("[profile x]\n[profile y]\n[profile \"x\"]\n", "", "config line 3: [profile \"x\"] stands there again, after line 1", "one section"),
        "a key in quotes": ("", "[x]\naws_access_key_id = \"A\"\naws_secret_access_key = s\n", "credentials line 2: the quotes belong to the value of aws_access_key_id", "leave them out"),
        "no region": ("[profile x]\nregion = us-east\n", "", "profile x: 'us-east' is not a region of AWS", "us-east-1"),
        "a loop": ("[profile x]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = y\n[profile y]\nrole_arn = arn:aws:iam::123456789012:role/y\nsource_profile = x\n", "",
                   "profile x: the source profiles form a loop: x -> y -> x", "keys of its own"),
    }

    def test_check_finds(self):
        for name, (config, credentials, text, hint) in self.FINDINGS.items():
            with self.subTest(name), place() as where:
                (where.home / ".aws/config").write_text(config)
                (where.home / ".aws/credentials").write_text(credentials)
                (where.home / ".config/touchsts/config.toml").write_text("")
                done = where.run("config", "check")
                self.assertIn(text, done.stdout)
                self.assertIn(hint, done.stdout)
                self.assertEqual(len(set(done.stdout.splitlines())), len(done.stdout.splitlines()))  # each once

    def test_check_looks_at_our_own_file(self):
        with place() as where:
            (where.home / ".config/touchsts/config.toml").write_text('allowed_endpoints = ["http://sts.corp.example"]\n[cache]\nkey_file = "none/key"\n')
            done = where.run("config", "check", environment={"TOUCHSTS_KEY_FILE": ""})
            self.assertEqual(done.returncode, 3)
            self.assertIn("http://sts.corp.example", done.stdout)
            self.assertIn(f"key_file {where.home}/.config/touchsts/none/key: there is no such file", done.stdout)
            for file in (".aws/config", ".aws/credentials", ".config/touchsts/config.toml"):
                (where.home / file).unlink()
            self.assertIn(f"neither it nor {where.home}/.aws/credentials is there", where.run("config", "check").stdout)

    def test_paths_in_a_file_are_its_folders(self):
        with place() as where:
            bundle = where.home / ".aws/ca.pem"
            bundle.write_bytes(pathlib.Path(where.environment["AWS_CA_BUNDLE"]).read_bytes())
            with open(where.home / ".aws/config", "a") as config:
                config.write("[profile plain]\nca_bundle = ca.pem\n")
            environment = {name: value for name, value in where.environment.items() if name != "AWS_CA_BUNDLE"}
            done = subprocess.run([BINARY, "credential-process", "--profile", "plain", "--no-cache"], env=environment, cwd="/", capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            plan = json.loads(subprocess.run([BINARY, "config", "explain", "--profile", "plain", "--format", "json"], env=environment, cwd="/", capture_output=True, text=True).stdout)
            self.assertTrue(plan["ca_bundle"].startswith(f"{bundle} by ca_bundle in "), plan)
            bundle.chmod(0o666)
            done = subprocess.run([BINARY, "credential-process", "--profile", "plain", "--no-cache"], env=environment, cwd="/", capture_output=True, text=True)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("it can be written by others, so it does not count", done.stderr)

    def test_a_wrong_setting_of_the_network_is_a_warning_beside_a_cached_answer(self):
        with place() as where:
            where.run("credential-process", "--profile", "plain")
            for variable, value, part in (("AWS_MAX_ATTEMPTS", "x", "is not a number from 1 on"), ("AWS_CA_BUNDLE", "", "set but empty")):  # no proxy is asked for localhost
                done = where.run("--log-level", "warn", "credential-process", "--profile", "plain", environment={variable: value})
                self.assertEqual(done.returncode, 0, variable)
                self.assertRegex(done.stderr, f"the next request will fail: .*{variable}.* {part}")
                done = where.run("credential-process", "--profile", "plain", "--no-cache", environment={variable: value})
                self.assert_fails(done, 3, part)
            for value in ("20", "+20", "99999999999999"):
                self.assertEqual(where.run("credential-process", "--profile", "plain", "--no-cache", environment={"AWS_MAX_ATTEMPTS": value}).returncode, 0)
            where.login()
            calls = where.service.count()
            done = where.run("credential-process", "--profile", "ops", "--renew-session", "--token-code", "123456", environment={"AWS_CA_BUNDLE": ""})
            self.assert_fails(done, 3, "set but empty")
            self.assertEqual(where.service.count(), calls)

    def test_a_wrong_kind_of_endpoint_does_not_matter_to_an_endpoint_that_is_named(self):
        with place() as where:
            done = where.run("credential-process", "--profile", "plain", "--no-cache", environment={"AWS_STS_REGIONAL_ENDPOINTS": "sometimes"})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            done = where.run("credential-process", "--profile", "plain", "--no-cache", environment={"AWS_STS_REGIONAL_ENDPOINTS": "sometimes", "AWS_ENDPOINT_URL_STS": ""})
            self.assert_fails(done, 3, "AWS_STS_REGIONAL_ENDPOINTS 'sometimes' is neither legacy nor regional")

    def test_what_is_typed_wrongly_is_not_repeated(self):
        """It may be a code, or a password."""
        with place() as where:
            for words, part in ((("login", "--token-cod", "739154"), "there is no option --token-cod"), (("login", "--token-cod=739154"), "there is no option --token-cod"),
                                (("login", "739154"), "there is an argument too many"), (("aws-mfa", "739154"), "there is an argument too many"),
                                (("aws-mfa", "--tokn=739154"), "unrecognized arguments: --tokn"), (("awsmfa", "login", "--token-cod=739154x"), ""),
                                (("login", "-t739154"), "there is no option -t"), (("login", "--token-cod739154"), "there is no option --token-cod"),
                                (("login", "--token-cod:739154"), "there is no option --token-cod"), (("login", "-739154"), "there is an argument too many"),
                                (("login", "--timeout", "739154"), "--timeout: it takes a whole number from 1 to 3600"),
                                (("login", "--log-level=739154"), "--log-level: it takes one of error, warn, info, debug, trace"),
                                (("login", "--no-prompt=x739154"), "an option that takes no value was given one"),
                                (("739154",), ""), (("aws-credential-process", "739154"), "there is an argument too many"),
                                (("aws-credential-process", "--output-format", "739154"), "it is neither json nor shell"),
                                (("awsmfa", "login", "739154"), "invalid choice (choose from 'login', 'logout')"), (("awsmfa", "739154"), "invalid choice"),
                                (("awsmfa", "login", "-f739154"), "unrecognized arguments: -f"), (("aws-mfa", "--force=739154"), "argument --force: ignored explicit argument"),
                                (("aws-mfa", "--log-level", "739154"), "argument --log-level: invalid choice (choose"), (("aws-mfa", "--duration", "x739154"), "invalid int value"),
                                (("vegas-credentials", "739154"), "unknown command for"), (("awsprocesscreds-saml", "-e", "x", "-u", "y", "-a", "z", "-p", "739154"), "invalid choice")):
                done = where.run(*words)
                self.assertIn(done.returncode, (1, 2), done.stderr)
                self.assertIn(part, done.stderr)
                self.assertNotIn("739154", done.stderr + done.stdout)
            # A word that is joined to an option looks like a part of its name.
            for words, part in ((("login", "--token-codehunter"), "there is no option --token-code..."), (("login", "--token-code-filehunter"), "there is no option --token-code-file..."),
                                (("cache", "list", "--token-code", "hunter"), "there is no option --token-code;"), (("cache", "list", "--token-code=hunter"), "there is no option --token-code;"),
                                (("aws-mfa", "--tokenhunter"), "unrecognized arguments: --token..."),
                                (("aws-credential-process", "--mfa-oath-slothunter=x"), "unrecognized arguments: --mfa-oath-slot...")):
                done = where.run(*words)
                self.assertIn(done.returncode, (1, 2), done.stderr)
                self.assertIn(part, done.stderr)
                self.assertNotIn("hunter", done.stderr + done.stdout)
            (where.home / ".config/touchsts/config.toml").write_text('allowed_endpoints = ["https://sts.test.example"]\n')
            for proxy in ("http://ada:hunter2", "http://ada:hunter2@", "http://ada:hunter2@host:hunter3", "http://hunter2%"):
                done = where.run("credential-process", "--profile", "plain", "--no-cache", environment={"HTTPS_PROXY": proxy, "AWS_ENDPOINT_URL_STS": "https://sts.test.example"})
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertNotIn("hunter", done.stderr)

    def test_an_empty_code_is_none(self):
        with place() as where:
            empty = where.home / "empty"
            empty.write_text(" \n")
            for words, part in ((("--token-code", ""), "--token-code: no code was given"), (("--token-code-file", str(empty)), f"--token-code-file {empty}: no code was given"),
                                (("--token-code-fd", "0"), "--token-code-fd 0: no code was given")):
                self.assert_fails(where.run("credential-process", "--profile", "ops", *words), 2, part)
            self.assertEqual(where.service.count(), 0)

    def test_explain_shows_full_paths(self):
        with place() as where:
            (where.home / "ca.pem").write_bytes(pathlib.Path(where.environment["AWS_CA_BUNDLE"]).read_bytes())
            for name in ("ca.pem", "./ca.pem"):
                environment = where.environment | {"AWS_CA_BUNDLE": name, "TOUCHSTS_KEY_FILE": "key", "AWS_CONFIG_FILE": ".aws/config"}
                with open(where.home / ".aws/config", "a") as config:
                    config.write("[profile corp]\nsaml_endpoint = https://idp.example/\nsaml_username = ada\nsaml_ca_bundle = idp.pem\n")
                for profile in ("plain", "corp"):
                    plan = json.loads(where.run("config", "explain", "--profile", profile, "--format", "json", environment=environment, cwd=where.home).stdout)
                    self.assertEqual(plan["ca_bundle"], f"{where.home}/ca.pem by AWS_CA_BUNDLE")
                    self.assertEqual(plan["cache_key"], f"{where.home}/key by TOUCHSTS_KEY_FILE")
                self.assertTrue(plan["steps"][0]["saml_ca_bundle"].startswith(f"{where.home}/.aws/idp.pem by "), plan)
                plan = json.loads(where.run("config", "explain", "--profile", "plain", "--key-file", "../key", "--format", "json", cwd=where.home / ".aws").stdout)
                self.assertEqual(plan["cache_key"], f"{where.home}/.aws/../key by --key-file")

    def test_the_service_decides_what_its_devices_are_called(self):
        with place() as where:
            config = where.home / ".aws/config"
            config.write_text(config.read_text().replace(f"mfa_serial = {where.serial}", "mfa_serial = arn:MyMFA1"))
            done = where.run("config", "check", "--profile", "ops")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("warning: profile ops: mfa_serial 'arn:MyMFA1': ", done.stdout)
            self.assert_fails(where.run("credential-process", "--profile", "ops", "--token-code", "123456"), 4)
            self.assertEqual([call.parameters["SerialNumber"] for call in where.service.calls], ["arn:MyMFA1"])
            where.user.mfa["arn:MyMFA1"] = where.user.mfa[where.serial]
            self.assertEqual(where.run("credential-process", "--profile", "ops", "--token-code", where.service.fresh_code(where.user)).returncode, 0)

    def test_explain_does_nothing(self):
        with place() as where:
            done = where.run("config", "explain", "--profile", "ops", "--format", "json")
            plan = json.loads(done.stdout)
            self.assertEqual([step["step"] for step in plan["steps"]], ["long-term keys", "GetSessionToken", "AssumeRole"])
            self.assertEqual(plan["endpoint_from"], "AWS_ENDPOINT_URL_STS")
            self.assertEqual(where.service.count(), 0)
            self.assertFalse((where.home / ".cache").exists())
            where.login()
            plan = json.loads(where.run("config", "explain", "--profile", "ops", "--format", "json").stdout)
            self.assertTrue(plan["steps"][2]["cache"].startswith("held until "))


if __name__ == "__main__":
    unittest.main()
