"""What touchsts writes into files that people and other programs edit, and the links that stand in for other programs."""
import configparser
import fcntl
import os
import pathlib
import re
import shutil
import stat
import struct
import subprocess
import time
import unittest

from support import BINARY, SANITIZED, Case, place, wait_for
from mount_namespace import unshared
from test_kill import killed_at, system_calls
from tmux import Tmux


def sections(path):
    parser = configparser.RawConfigParser()
    parser.read(path)
    return {name: dict(parser[name]) for name in parser.sections()}


def has_open(tracer, path):
    """Whether the program that a tracer runs has this file open."""
    for child in pathlib.Path(f"/proc/{tracer}/task/{tracer}/children").read_text().split():
        try:
            if str(path) in [os.readlink(link) for link in pathlib.Path(f"/proc/{child}/fd").iterdir()]:
                return True
        except FileNotFoundError:  # one that was closed meanwhile
            pass
    return False


class Written(Case):
    def test_login_writes_a_section_that_the_aws_cli_reads_and_logout_takes_it_out(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            before = credentials.read_text()
            done = where.run("login", "--profile", "plain", "--write", "short")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, rf"\Aprofile plain: credentials until \S+, in section \[short\] of {credentials}\n\Z")
            self.assertTrue(credentials.read_text().startswith(before))
            self.assertEqual(set(sections(credentials)["short"]), {"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "expiration"})
            cli = subprocess.run(["aws", "--profile", "short", "--region", "us-east-1", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"],
                                  "sts", "get-caller-identity", "--output", "text"], env=where.environment, capture_output=True, text=True)
            self.assertIn("assumed-role/plain/", cli.stdout, cli.stderr)
            done = where.run("logout", "--profile", "plain", "--unwrite", "short")
            self.assertEqual((done.returncode, done.stdout), (0, "1 removed, section [short] emptied\n"))
            self.assertEqual(credentials.read_text(), before + "\n")  # the blank line was before the section
            done = where.run("logout", "--profile", "plain", "--unwrite", "short")
            self.assertEqual((done.returncode, done.stdout), (0, "0 removed, section [short] is not there\n"))

    def test_what_must_not_be_written_is_said_before_anybody_is_asked(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            with open(credentials, "a") as file:
                file.write("[twice]\n[twice]\n[own]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n")
            before = credentials.read_bytes()
            for name, text in (("base", "holds long-term keys, which would be lost"), ("own", "holds long-term keys, which would be lost"),
                               ("twice", "there are two sections [twice]; make one of them")):
                self.assert_fails(where.run("login", "--profile", "plain", "--write", name), 3, text)
            self.assert_fails(where.run("login", "--profile", "plain", "--write", "a]b"), 3, "a section cannot have the name 'a]b'")
            self.assert_fails(where.run("logout", "--profile", "plain", "--unwrite", "own"), 3, "holds long-term keys, which stay")
            self.assertEqual(credentials.read_bytes(), before)
            self.assertEqual(where.service.count(), 0)

    def test_a_comment_for_a_token_makes_no_keys_temporary(self):
        for token in ("# none", "; x", ""):
            with self.subTest(token), place() as where:
                credentials = where.home / ".aws/credentials"
                with open(credentials, "a") as file:
                    file.write(f"[own]\naws_session_token = {token}\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n")
                before = credentials.read_bytes()
                self.assert_fails(where.run("login", "--profile", "plain", "--write", "own"), 3, "holds long-term keys, which would be lost")
                self.assert_fails(where.run("logout", "--profile", "plain", "--unwrite", "own"), 3, "holds long-term keys, which stay")
                self.assertEqual(credentials.read_bytes(), before)

    # Names that AWS's own program takes, and how a section of that name may be written. All hold long-term keys.
    NAMES = {"My Keys": ("[My Keys]", '["My Keys"]', "['My Keys']", "[  My Keys  ]", "[My Keys] ; mine", "[My Keys]\t# mine"), "team,prod": ("[team,prod]",),
             "ops (eu)": ("[ops (eu)]", '["ops (eu)"]'), "caf\u00e9": ("[caf\u00e9]",), "a;b#c": ("[a;b#c]",), "a'b": ("[a'b]",), "x": ("[x]", "['x']")}
    # How the keys may stand there.
    KEYS = ("aws_access_key_id = AKIAOTHER\naws_secret_access_key = secret\n", "AWS_ACCESS_KEY_ID=AKIAOTHER\nAws_Secret_Access_Key=secret\n",
            "aws_access_key_id\u00a0= AKIAOTHER\naws_secret_access_key\u00a0= secret\n", "aws_access_key_id\x0c=AKIAOTHER\naws_secret_access_key\x0b= secret\n",
            "aws_secret_access_key = secret\n", "aws_access_key_id = AKIAOTHER\naws_secret_access_key = secret\naws_session_token =\n")

    def test_long_term_keys_are_never_overwritten(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            base = credentials.read_text()
            cases = [(name, header, self.KEYS[0]) for name, headers in self.NAMES.items() for header in headers]
            cases += [(name, headers[0], keys) for name, headers in list(self.NAMES.items())[:2] for keys in self.KEYS]
            for name, header, keys in cases:
                for newline in ("\n", "\r\n"):
                    text = f"{base}\n{header}\n{keys}".replace("\n", newline)
                    credentials.write_bytes(text.encode())
                    with self.subTest(header=header, keys=keys, newline=newline):
                        self.assert_fails(where.run("login", "--profile", "plain", "--write", name), 3, "holds long-term keys, which would be lost", "touchsts keys import")
                        self.assert_fails(where.run("logout", "--profile", "plain", "--unwrite", name), 3, "holds long-term keys, which stay")
                        self.assertEqual(credentials.read_bytes(), text.encode())
            self.assertEqual(where.service.count(), 0)

    def test_lines_that_nobody_can_read_are_not_written_over(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            base = credentials.read_text()
            for line in ("aws_secret_access_key: secret=", "export aws_secret_access_key = secret", "aws_access_key_id! = AKIAOTHER"):
                credentials.write_text(f"{base}[My Keys]\n{line}\n")
                self.assert_fails(where.run("login", "--profile", "plain", "--write", "My Keys"), 3, "line 5 is no property that touchsts knows")
                self.assertEqual(credentials.read_text(), f"{base}[My Keys]\n{line}\n")
            self.assertEqual(where.service.count(), 0)

    def test_dialects_overwrite_no_long_term_keys_either(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            keys = f"aws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n"
            other = "aws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n"
            credentials.write_text(f"[my keys-long-term]\n{keys}aws_mfa_device = {where.serial}\n[my keys]\n{other}[my keys-short]\n{other}")
            before = credentials.read_bytes()
            code = where.service.fresh_code(where.user)
            for options in (("--profile", "my keys"), ("--profile", "my keys", "--short-term-suffix", "short")):
                done = where.run("aws-mfa", *options, "--token", code)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertIn("holds long-term keys, which would be lost", done.stdout + done.stderr)
                self.assertEqual(credentials.read_bytes(), before)
            self.assertEqual(where.service.count(), 0)

    def test_a_section_that_another_program_makes_meanwhile_is_seen(self):
        """The file is looked at again when it is written."""
        with place() as where:
            credentials = where.home / ".aws/credentials"
            slow = where.home / "slow"
            slow.write_text(f"#!/bin/sh\nprintf '[late one]\\naws_access_key_id = AKIALATE\\naws_secret_access_key = s\\n' >>{credentials}\necho {where.service.fresh_code(where.user)}\n")
            slow.chmod(0o700)
            with open(where.home / ".aws/config", "a") as config:
                config.write(f"[profile asks]\nrole_arn = {where.role}\nsource_profile = base\nmfa_serial = {where.serial}\nregion = us-east-1\nmfa_process = {slow}\n")
            self.assert_fails(where.run("login", "--profile", "asks", "--write", "late one"), 3, "holds long-term keys, which would be lost")
            self.assertIn("AKIALATE", credentials.read_text())

    def test_what_was_written_is_read_and_taken_out(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            for name in self.NAMES:
                before = credentials.read_bytes()
                done = where.run("login", "--profile", "plain", "--write", name)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(name, sections(credentials))
                # AWS's own program and ours read it.
                for command in (["aws", "--profile", name, "--region", "us-east-1", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"], "sts", "get-caller-identity"],
                                [BINARY, "credential-process", "--profile", name]):
                    done = subprocess.run(command, env=where.environment, capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, (name, done.stderr))
                done = where.run("logout", "--profile", "plain", "--unwrite", name)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertNotIn(name, sections(credentials))
                self.assertEqual(credentials.read_bytes().strip(), before.strip())

    def test_long_term_keys_are_written_as_a_session(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            before = credentials.read_bytes()
            done = where.run("login", "--profile", "base", "--write", "tmp", environment={"AWS_REGION": "us-east-1"})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, rf"\Aprofile base: credentials until \S+, in section \[tmp\] of {credentials}\n\Z")
            written = sections(credentials)["tmp"]
            self.assertNotEqual(written["aws_access_key_id"], where.user.access_key_id)
            self.assertIn("aws_session_token", written)
            self.assertEqual(where.service.count("GetSessionToken"), 1)
            done = where.run("logout", "--profile", "base", "--unwrite", "tmp", environment={"AWS_REGION": "us-east-1"})
            self.assertEqual((done.returncode, done.stdout), (0, "1 removed, section [tmp] emptied\n"))
            self.assertEqual(credentials.read_bytes().strip(), before.strip())

    def test_a_log_in_that_cannot_be_kept_is_none(self):
        with place() as where:
            for name, environment in (("a home that is not there", {"HOME": str(where.folder / "none"), "AWS_CONFIG_FILE": str(where.home / ".aws/config"),
                                                                   "AWS_SHARED_CREDENTIALS_FILE": str(where.home / ".aws/credentials"), "XDG_CONFIG_HOME": str(where.home / ".config"),
                                                                   "XDG_CACHE_HOME": "/proc/none"}),
                                      ("a file in the place of the folder", {"XDG_CACHE_HOME": str(where.home / ".aws/config")})):
                with self.subTest(name):
                    done = where.run("login", "--profile", "plain", environment=environment)
                    self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                    self.assertIn("the log-in worked, but nothing is saved", done.stderr)
                    self.assertEqual(where.run("credential-process", "--profile", "plain", environment=environment).returncode, 0)

    def test_a_log_in_that_the_next_run_would_not_find_is_refused_before_a_code_is_spent(self):
        with place() as where:
            own = where.home / ".config/touchsts/config.toml"
            usual = own.read_text()
            code = where.service.fresh_code(where.user)
            for name, config, words, why in (
                    ("--no-cache", usual, ("--no-cache",), "--no-cache switches the cache off"),
                    ("the cache is off", usual + "[cache]\nenabled = false\n", (), f"[cache] enabled = false in {own}")):
                with self.subTest(name):
                    own.write_text(config)
                    self.assert_fails(where.run("login", "--profile", "ops", "--token-code", code, *words), 1, f"login would save nothing: {why}; ")
                    self.assertEqual(where.service.count(), 0)
                    done = where.run("login", "--profile", "plain", "--write", "tmp", *words)  # which keeps it elsewhere
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    done = where.run("credential-process", "--profile", "plain", *words)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    where.service.calls.clear()

    def test_a_home_that_is_mounted_for_reading_only(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount")
        with place() as where:
            def run(*words):
                script = 'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME" && exec "$@"'
                return subprocess.run([*unshared(), "sh", "-c", script, "sh", BINARY, *words], env=where.environment, capture_output=True, text=True,
                                      stdin=subprocess.DEVNULL, start_new_session=True)

            self.assert_fails(run("login", "--profile", "plain"), 1, "nothing is saved", "Read-only file system")
            for words in (("credential-process",), ("export", "--format", "json")):
                done = run(*words, "--profile", "plain")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("SecretAccessKey", done.stdout)

    def test_a_section_that_cannot_have_its_name_is_refused_before_anybody_is_asked(self):
        with place() as where:
            for name in (" ", "a]b", "profile x", "a\nb", "a\tb\x1b[31m", " a", '"a"'):
                with self.subTest(name):
                    self.assertIn(where.run("login", "--profile", "plain", "--write", name).returncode, (2, 3))
            self.assertEqual(where.service.count(), 0)

    def test_modes_links_and_folders(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            real = where.home / "kept/credentials"
            real.parent.mkdir()
            real.write_bytes(credentials.read_bytes())
            real.chmod(0o640)
            credentials.unlink()
            credentials.symlink_to(real)
            done = where.run("login", "--profile", "plain", "--write", "short")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(credentials.is_symlink())
            self.assertIn("short", sections(real))
            self.assertEqual(stat.S_IMODE(real.stat().st_mode), 0o600)  # others lose what they had
            calls = where.service.count()
            real.parent.chmod(0o777)
            self.assert_fails(where.run("login", "--profile", "plain", "--write", "other", "--renew"), 3, f"its folder {real.parent} can be written by others", "chmod o-w")
            real.parent.chmod(0o700)
            # Links to links, to the end.
            middle = where.home / "middle"
            middle.symlink_to("kept/credentials")
            credentials.unlink()
            credentials.symlink_to(middle)
            self.assertEqual(where.run("login", "--profile", "plain", "--write", "short2").returncode, 0)
            self.assertIn("short2", sections(real))
            self.assertTrue(credentials.is_symlink() and middle.is_symlink())
            # As many as the kernel follows; one more; and a circle.
            chain = [real]
            for number in range(41):
                chain.append(where.home / f"link-{number}")
                chain[-1].symlink_to(chain[-2])
            credentials.unlink()
            credentials.symlink_to(chain[39])
            self.assertEqual(where.run("login", "--profile", "plain", "--write", "short40").returncode, 0)
            self.assertIn("short40", sections(real))
            for target in (chain[40], chain[41], credentials):
                credentials.unlink()
                credentials.symlink_to(target)
                self.assert_fails(where.run("login", "--profile", "plain", "--write", "other"), 3, str(credentials))
            self.assertNotIn("other", sections(real))
            credentials.unlink()
            credentials.symlink_to(middle)
            os.link(real, where.home / "twin")
            self.assert_fails(where.run("login", "--profile", "plain", "--write", "other", "--renew"), 3, "it has another name (a hard link)")
            self.assertEqual(where.service.count(), calls)

    @unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
    def test_rights_of_others_are_never_on_the_new_file(self):
        """An access control list would let others read the new keys before they are in their place."""
        with place() as where:
            credentials = where.home / ".aws/credentials"
            credentials.chmod(0o660)
            undefined = 0xFFFFFFFF
            try:
                os.setxattr(credentials, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(
                    struct.pack("<HHI", *entry) for entry in ((1, 6, undefined), (2, 6, 1234), (4, 4, undefined), (16, 6, undefined), (32, 0, undefined))))
                os.setxattr(credentials, "user.mine", b"kept")
            except OSError as error:
                self.skipTest(f"no access control lists here: {error}")
            trace = where.folder / "trace"
            done = subprocess.run(["strace", "-f", "-e", "trace=setxattr,fsetxattr,lsetxattr,fchmod,fchmodat", "-o", str(trace), BINARY, "login", "--profile", "plain", "--write", "short"],
                                  env=where.environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("posix_acl", trace.read_text())
            self.assertIn("user.mine", trace.read_text())
            self.assertEqual((stat.S_IMODE(credentials.stat().st_mode), os.getxattr(credentials, "user.mine")), (0o600, b"kept"))
            self.assertNotIn("system.posix_acl_access", os.listxattr(credentials))

    @unittest.skipUnless(os.geteuid() == 0, "mounts need root")
    def test_a_file_that_is_mounted_at_its_place(self):
        """As containers have it: it cannot be replaced, so it is written where it is."""
        with place() as where:
            credentials = where.home / ".aws/credentials"
            outside = where.folder / "outside"
            shutil.copy(credentials, outside)
            outside.chmod(0o644)
            mounted = lambda *command: subprocess.run([*unshared(), "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh", outside, credentials, *command],  # noqa: E731
                                                      env=where.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True)
            before = credentials.read_bytes()
            done = mounted(BINARY, "login", "--profile", "plain", "--write", "short")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("short", sections(outside))
            self.assertEqual(stat.S_IMODE(outside.stat().st_mode), 0o600)
            self.assertEqual(credentials.read_bytes(), before)
            self.assertEqual([name for name in os.listdir(credentials.parent) if "touchsts" in name], [])
            done = mounted(BINARY, "logout", "--profile", "plain", "--unwrite", "short")  # which is shorter
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(outside.read_bytes().strip(), before.strip())
            # What a killed run has left is told, and nothing is written.
            backup = credentials.parent / ".credentials.touchsts.backup"
            backup.write_text("of before")
            now = outside.read_bytes()
            done = mounted(BINARY, "login", "--profile", "plain", "--write", "short")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("a change of it was interrupted; its content of before is in .credentials.touchsts.backup", done.stderr)
            self.assertEqual((outside.read_bytes(), backup.read_text()), (now, "of before"))
            backup.unlink()
            # One that cannot be written is told before anybody is asked.
            calls = where.service.count()
            done = subprocess.run([*unshared(), "sh", "-c", 'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && shift 2 && exec "$@"', "sh", outside, credentials,
                                   BINARY, "login", "--profile", "plain", "--write", "short", "--renew"], env=where.environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("Read-only file system", done.stderr)
            self.assertEqual(where.service.count(), calls)

    def test_a_file_that_is_not_there_is_made_for_its_owner_alone(self):
        with place() as where:
            shutil.rmtree(where.home / ".aws")
            environment = {"AWS_ACCESS_KEY_ID": where.user.access_key_id, "AWS_SECRET_ACCESS_KEY": where.user.secret, "AWS_REGION": "us-east-1"}
            done = where.run("login", "--role-arn", where.plain_role, "--write", "short", environment=environment)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            credentials = where.home / ".aws/credentials"
            self.assertEqual(stat.S_IMODE(credentials.stat().st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(credentials.parent.stat().st_mode), 0o700)
            self.assertEqual(list(sections(credentials)), ["short"])
            self.assertTrue(credentials.read_text().startswith("[short]\n"))

    def test_fifty_at_once_lose_no_section(self):
        with place() as where:
            where.run("login", "--profile", "plain")
            runs = [subprocess.Popen([BINARY, "login", "--profile", "plain", "--write", f"short-{number}"], env=where.environment,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
                    for number in range(50)]
            for run in runs:
                self.assertEqual((run.communicate(timeout=120)[1], run.returncode), ("", 0))
            found = sections(where.home / ".aws/credentials")
            self.assertEqual(set(found), {"base", *(f"short-{number}" for number in range(50))})
            self.assertEqual({len(found[f"short-{number}"]) for number in range(50)}, {4})
            self.assertEqual([name for name in os.listdir(where.home / ".aws") if "touchsts" in name], [])

    @unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
    def test_a_file_that_is_replaced_just_after_it_was_opened_is_read_anew(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            write = ["login", "--profile", "plain", "--write", "ours"]
            where.run(*write[:-2])
            before = credentials.read_bytes()
            trace = where.folder / "trace"
            subprocess.run(["strace", "-e", "trace=openat", "-o", str(trace), BINARY, *write], env=where.environment, capture_output=True, check=True)
            opened = [index for index, line in enumerate(trace.read_text().splitlines(), 1) if '"credentials", O_RDONLY' in line]
            self.assertEqual(len(opened), 1)
            credentials.write_bytes(before)
            run = subprocess.Popen(["strace", "-o", "/dev/null", "-e", f"inject=openat:delay_exit=1500000:when={opened[0]}", BINARY, *write],
                                   env=where.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            wait_for(lambda: has_open(run.pid, credentials) and not time.sleep(0.1) and has_open(run.pid, credentials))
            theirs = where.home / ".aws/theirs"
            theirs.write_bytes(before + b"[theirs]\nregion = x\n")
            theirs.rename(credentials)
            self.assertEqual((run.communicate(timeout=60)[1], run.returncode), ("", 0))
            self.assertEqual(list(sections(credentials)), ["base", "theirs", "ours"])

    @unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
    def test_killed_while_it_is_made_the_file_has_one_name_or_is_not_there(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            where.environment.update(AWS_ACCESS_KEY_ID=where.user.access_key_id, AWS_SECRET_ACCESS_KEY=where.user.secret, AWS_REGION="us-east-1")
            write = ["login", "--role-arn", where.plain_role, "--write", "short"]
            where.run(*write[:-2])
            shutil.rmtree(credentials.parent)
            calls = [call for call in system_calls(where, *write) if re.match("link|rename|unlink|fsync", call[0])]
            self.assertGreater(len(calls), 2)
            made = 0
            for call in calls:
                shutil.rmtree(credentials.parent)
                self.assertEqual(killed_at(where, call, *write), -9)
                if credentials.exists():
                    made += 1
                    self.assertEqual((credentials.stat().st_nlink, list(sections(credentials))), (1, ["short"]))
                self.assertEqual(where.run(*write).returncode, 0)
            self.assertGreater(made, 0)

    @unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
    def test_a_file_is_made_where_the_system_cannot_rename_without_replacing(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            shutil.rmtree(credentials.parent)
            environment = {"AWS_ACCESS_KEY_ID": where.user.access_key_id, "AWS_SECRET_ACCESS_KEY": where.user.secret, "AWS_REGION": "us-east-1"}
            for problem in ("EINVAL", "ENOSYS"):
                trace = where.folder / "trace"
                done = subprocess.run(["strace", "-o", str(trace), "-e", f"inject=renameat2:error={problem}", BINARY,
                                       "login", "--role-arn", where.plain_role, "--write", "short"],
                                      env=where.environment | environment, capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("(INJECTED)", trace.read_text())
                self.assertEqual((os.listdir(credentials.parent), credentials.stat().st_nlink), (["credentials"], 1))
                credentials.unlink()

    def test_what_another_program_adds_meanwhile_is_not_lost(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            where.run("login", "--profile", "plain")
            with open(credentials, "a") as other:
                fcntl.flock(other, fcntl.LOCK_EX)
                run = subprocess.Popen([BINARY, "login", "--profile", "plain", "--write", "ours"], env=where.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, start_new_session=True)
                time.sleep(0.7)  # it has read the file, and waits for its turn
                self.assertIsNone(run.poll())
                other.write("[theirs]\nregion = x\n")
            self.assertEqual(run.wait(), 0)
            self.assertEqual(list(sections(credentials)), ["base", "theirs", "ours"])

    def test_a_file_that_somebody_holds_is_not_waited_for_for_ever(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            where.run("login", "--profile", "plain")
            with open(credentials, "a") as other:
                fcntl.flock(other, fcntl.LOCK_EX)
                self.assert_fails(where.run("login", "--profile", "plain", "--write", "ours"), 3, "another program holds it")

    @unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
    def test_killed_at_any_system_call_the_file_is_old_or_new(self):
        with place() as where:
            credentials = where.home / ".aws/credentials"
            write = ["login", "--profile", "plain", "--write", "short"]
            where.run(*write[:-2])
            old = credentials.read_bytes()
            calls = system_calls(where, *write)
            new = credentials.read_bytes()
            self.assertNotEqual(old, new)
            kills = replaced = 0
            for call in calls:
                credentials.write_bytes(old)
                kills += killed_at(where, call, *write) == -9
                found = credentials.read_bytes()
                self.assertIn(found, (old, new), call)
                replaced += found == new
                left = [name for name in os.listdir(where.home / ".aws") if ".touchsts." in name]
                for name in left:
                    file = where.home / ".aws" / name
                    self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
                    file.unlink()
            self.assertGreater(kills, len(calls) * 0.8)
            self.assertGreater(replaced, 1)


class SetupProfile(Case):
    def test_a_profile_that_the_aws_cli_can_use(self):
        with place() as where:
            done = where.run("setup", "profile", "new", "--profile", "plain")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            line = sections(where.home / ".aws/config")["profile new"]
            self.assertEqual(line, {"credential_process": f"{os.path.realpath(BINARY)} credential-process --profile plain", "region": "us-east-1"})
            cli = subprocess.run(["aws", "--profile", "new", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"], "sts", "get-caller-identity",
                                  "--output", "text"], env=where.environment, capture_output=True, text=True)
            self.assertIn("assumed-role/plain/", cli.stdout, cli.stderr)

    def test_a_path_with_a_blank_is_quoted_and_one_with_other_signs_refused(self):
        with place() as where:
            for folder, good in (("my tools", True), ("it's", False), ("a$b", False), ("a;b", False)):
                program = where.home / folder / "touchsts"
                program.parent.mkdir()
                shutil.copy(BINARY, program)
                done = subprocess.run([program, "setup", "profile", "new", "--profile", "plain"], env=where.environment, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0 if good else 3, done.stderr)
            cli = subprocess.run(["aws", "--profile", "new", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"], "sts", "get-caller-identity",
                                  "--output", "text"], env=where.environment, capture_output=True, text=True)
            self.assertIn("assumed-role/plain/", cli.stdout, cli.stderr)

    def test_what_sdks_would_not_use_is_refused(self):
        with place() as where:
            config = where.home / ".aws/config"
            before = config.read_bytes()
            self.assert_fails(where.run("setup", "profile", "ops", "--profile", "plain"), 3, "has role_arn, which SDKs would take instead")
            self.assert_fails(where.run("setup", "profile", "base", "--profile", "plain"), 3, "has aws_access_key_id, which SDKs would take instead")
            self.assert_fails(where.run("setup", "profile", "new", "--profile", "none"), 3, "there is no profile 'none'")
            self.assert_fails(where.run("setup", "profile", "a b", "--profile", "plain"), 2, "is no name for a profile")
            self.assert_fails(where.run("setup", "profile", "plain", "--profile", "plain"), 2, "cannot be made of itself")
            self.assert_fails(where.run("setup", "profile"), 2)
            self.assertEqual(config.read_bytes(), before)

    def test_a_section_with_a_blank_in_its_name(self):
        with place() as where:
            with open(where.home / ".aws/config", "a") as config:
                config.write("[profile 'Foo Bar']\nregion = eu-west-1\n")
            done = where.run("setup", "profile", "Foo Bar", "--profile", "plain")  # which is there
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("[profile 'Foo Bar']\nregion = us-east-1\ncredential_process = ", (where.home / ".aws/config").read_text())


class Install(Case):
    def test_links_with_which_each_program_runs(self):
        with place() as where:
            folder = where.home / "bin"
            folder.mkdir()
            (folder / "aws-mfa").write_text("#!/bin/sh\n")
            done = where.run("dialects", "install", "--dir", f"{folder}/", environment={"PATH": f"{folder}:/bin"})
            lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
            self.assertEqual(done.returncode, 1)  # what is there stays
            self.assertEqual(lines[f"{folder}/aws-mfa"], "is something else, and stays")
            self.assertEqual({path: said for path, said in lines.items() if said != "made"}, {f"{folder}/aws-mfa": "is something else, and stays"})
            (folder / "aws-mfa").unlink()
            done = where.run("dialects", "install", "--dir", str(folder))
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"{folder}/aws-mfa: made\n", done.stdout)
            self.assertIn(f"{folder}/awsmfa: there already\n", done.stdout)
            self.assertIn(f"{folder} is not in PATH\n", done.stdout)
            for name in lines:
                ran = subprocess.run([name, "--help"], env=where.environment, capture_output=True, text=True)
                self.assertEqual((ran.returncode, ran.stderr), (0, ""))
                self.assertIn(pathlib.Path(name).name.replace("aws-mfa-assume-credential-process", "vegas-credentials"), ran.stdout)
            self.assertEqual(where.run("dialects", "install", "--dir", str(where.home / "none")).returncode, 1)


class OneCache(Case):
    """A session that one program got is another's, where all parameters are the same, and nowhere else."""

    def test_across_programs(self):
        with place() as where:
            keys = where.home / ".aws/credentials"
            keys.write_text(keys.read_text().replace("[base]", "[default]") + f"[default-long-term]\naws_access_key_id = {where.user.access_key_id}\n"
                            f"aws_secret_access_key = {where.user.secret}\naws_mfa_device = {where.serial}\n")
            (where.home / ".aws/config").write_text(
                f"[profile ops]\nrole_arn = {where.role}\nsource_profile = default\nmfa_serial = {where.serial}\nrole_session_name = me\n"
                f"[profile vegas]\nvegas_source_profile = default\nvegas_role_arn = {where.role}\nrole_session_name = me\nmfa_serial = {where.serial}\n")
            where.environment["AWS_DEFAULT_REGION"] = "us-east-1"
            serial = ["--mfa-serial-number", where.serial]
            role = ["--assume-role-arn", where.role, "--assume-role-role-session-name", "me"]

            def calls(*arguments, code=0):
                before = where.service.count()
                done = where.run(*arguments)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                return where.service.count() - before

            # aws-mfa gets the MFA session with a code; after that nobody needs one for it.
            self.assertEqual(calls("aws-mfa", "--short-suffix", "mfa", "--token", where.service.fresh_code(where.user)), 1)
            self.assertEqual(calls("aws-credential-process", *serial), 0)
            self.assertEqual(calls("credential-process", "--profile", "ops"), 1)  # the role, by the session
            self.assertEqual(calls("aws-credential-process", *serial, *role), 0)
            # Whatever differs, another session it is.
            self.assertEqual(calls("aws-credential-process", *serial, *role, "--assume-session-duration", "900"), 1)
            self.assertEqual(calls("aws-credential-process", *serial, *role[:2]), 1)
            self.assertEqual(calls("aws-credential-process", *serial, *role, "--assume-role-source-identity", "me"), 1)
            self.assertEqual(calls("aws-credential-process", "--mfa-serial-number", f"{where.serial}x", code=1), 0)
            # The code of these goes with the role itself, so what the session gave is not theirs; what one of them got is.
            self.assertEqual(calls("vegas-credentials", "assume", "-p", "vegas", code=1), 0)
            self.assertEqual(calls("aws-mfa", "--short-suffix", "role", "--assume-role", where.role, "--role-session-name", "me", "--token",
                                   where.service.fresh_code(where.user)), 1)
            self.assertEqual(calls("vegas-credentials", "assume", "-p", "vegas"), 0)
            self.assertEqual(calls("aws-credential-process", *serial, *role, "--mfa-session-duration", "0"), 0)


class Prompts(Case):
    """As a person sees them, in a terminal."""

    def setUp(self):
        context = place()
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.where.environment["AWS_DEFAULT_REGION"] = "us-east-1"
        self.tmux = Tmux(self.where.environment)
        self.addCleanup(self.tmux.close)

    def test_vegas_credentials_through_the_aws_cli(self):
        where = self.where
        with open(where.home / ".aws/config", "a") as config:
            config.write(f"[profile vegas]\nvegas_source_profile = src\nvegas_role_arn = {where.role}\ncredential_process = {BINARY} vegas-credentials "
                         f"assume --profile vegas\n[profile src]\nmfa_serial = {where.serial}\n")
        with open(where.home / ".aws/credentials", "a") as credentials:
            credentials.write(f"[src]\naws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n")
        self.tmux.type(f"aws --profile vegas --endpoint-url {where.environment['AWS_ENDPOINT_URL_STS']} sts get-caller-identity | cat")
        self.tmux.wait("MFA: Input Token (via CLI stdin / GUI prompt / Yubikey touch):")
        print(self.tmux.screen().rstrip(), flush=True)
        code = where.service.fresh_code(where.user)
        self.tmux.type(code)
        self.tmux.wait("assumed-role/ops/", 20)
        self.assertNotIn(code, self.tmux.screen())

    def test_aws_mfa(self):
        where = self.where
        with open(where.home / ".aws/credentials", "a") as credentials:
            credentials.write(f"[default-long-term]\naws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n"
                              f"aws_mfa_device = {where.serial}\n")
        self.tmux.type(f"{BINARY} aws-mfa")
        self.tmux.wait(f"Enter AWS MFA code for device [{where.serial}] (renewing for 43200 seconds):")
        print(self.tmux.screen().rstrip(), flush=True)
        self.tmux.type(where.service.fresh_code(where.user))
        self.tmux.wait("INFO - Success! Your credentials will expire in 43200 seconds at:")

    def test_aws_mfa_makes_its_file_and_its_section(self):
        where = self.where
        (where.home / ".aws/credentials").unlink()
        self.tmux.type(f"{BINARY} aws-mfa --setup; echo done-$?")
        self.tmux.wait("would you like to create one? [y/n]")
        self.tmux.type("y")
        self.tmux.wait("Profile name to [default]:")
        self.tmux.type("work")
        self.tmux.wait("aws_access_key_id:")
        self.tmux.type(where.user.access_key_id)
        self.tmux.wait("aws_secret_access_key:")
        self.tmux.type(where.user.secret)
        self.tmux.wait("done-0")
        self.assertNotIn(where.user.secret, self.tmux.screen())
        credentials = where.home / ".aws/credentials"
        self.assertEqual(sections(credentials), {"work-long-term": {"aws_access_key_id": where.user.access_key_id, "aws_secret_access_key": where.user.secret}})
        self.assertEqual(stat.S_IMODE(credentials.stat().st_mode), 0o600)
        self.tmux.start(f"{BINARY} aws-mfa --setup; echo done-$?")
        self.tmux.wait("Profile name to")
        self.tmux.type("work")
        self.tmux.wait("there is a section [work-long-term] already")
        self.tmux.wait("done-1")

    def test_aws_mfa_makes_no_file_that_nobody_wants(self):
        (self.where.home / ".aws/credentials").unlink()
        self.tmux.type(f"{BINARY} aws-mfa; echo done-$?")
        self.tmux.wait("would you like to create one? [y/n]")
        self.tmux.type("n")
        self.tmux.wait(f"ERROR - Could not locate credentials file at {self.where.home}/.aws/credentials")
        self.tmux.wait("done-1")
        self.assertFalse((self.where.home / ".aws/credentials").exists())


if __name__ == "__main__":
    unittest.main()
