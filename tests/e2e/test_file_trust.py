"""Which files count: who beside the user and root can change them, or put others into their place."""
import os
import shutil
import struct
import subprocess
import unittest

from mount_namespace import unshared
from support import BINARY, Case, authority, place

OTHER = 1234  # a user and a group of which nobody knows anything


@unittest.skipUnless(os.geteuid() == 0, "files of other users need root")
class FileTrust(Case):
    def setUp(self):
        context = place()
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.config = self.where.home / ".aws/config"
        self.own = self.where.home / ".config/touchsts/config.toml"
        self.ran = self.where.home / "ran"
        self.command = self.where.home / "code"
        self.command.write_text(f"#!/bin/sh\ntouch {self.ran}\necho 123456\n")
        self.command.chmod(0o755)
        self.config.write_text(f"[profile asks]\nrole_arn = {self.where.role}\nsource_profile = base\nmfa_serial = {self.where.serial}\nregion = us-east-1\nmfa_process = {self.command}\n"
                               f"[profile plain]\nrole_arn = {self.where.plain_role}\nsource_profile = base\nregion = us-east-1\n")

    def ask(self, **options):
        """Whether the command was run, and what was said."""
        done = self.where.run("credential-process", "--profile", "asks", "--no-cache", "--timeout", "5", **options)
        ran = self.ran.exists()
        self.ran.unlink(missing_ok=True)
        return ran, done

    def counts(self, name, **options):
        with self.subTest(name):
            ran, done = self.ask(**options)
            self.assertTrue(ran, done.stderr)

    def counts_not(self, name, why, hint, **options):
        with self.subTest(name):
            calls = self.where.service.count()
            ran, done = self.ask(**options)
            self.assertFalse(ran)
            # Above the home our own file is not to be trusted either, and that is read first.
            self.assertRegex(done.stderr, rf"(mfa_process in {self.config} line 6 is not run|{self.own} is refused): ")
            self.assert_fails(done, 3, why, hint)
            self.assertEqual(self.where.service.count(), calls)

    def test_modes_and_owners_of_the_file(self):
        for mode in (0o600, 0o644, 0o400, 0o664):  # root's group is root's own
            self.config.chmod(mode)
            self.counts(oct(mode))
        self.config.chmod(0o666)
        self.counts_not("others write", "it can be written by others", f"chmod o-w {self.config}")
        self.config.chmod(0o664)
        os.chown(self.config, 0, OTHER)
        self.counts_not("a group writes", "it can be written by its group", f"chmod g-w {self.config}")
        self.config.chmod(0o644)
        self.counts("a group reads")
        os.chown(self.config, OTHER, 0)
        self.counts_not("another user's", "it belongs to another user", f"chown 0 {self.config}")

    def test_folders_on_the_way(self):
        folder = self.config.parent
        for mode in (0o700, 0o755, 0o775, 0o1777):
            folder.chmod(mode)
            self.counts(oct(mode))
        folder.chmod(0o777)
        self.counts_not("for all", f"its folder {folder} can be written by others", f"chmod o-w {folder}")
        folder.chmod(0o775)
        os.chown(folder, 0, OTHER)
        self.counts_not("for a group", f"its folder {folder} can be written by its group", f"chmod g-w {folder}")
        os.chown(folder, OTHER, 0)
        folder.chmod(0o755)
        self.counts_not("of another", f"its folder {folder} belongs to another user", "chown 0")
        os.chown(folder, 0, 0)
        self.where.folder.chmod(0o777)  # what somebody puts there is theirs, and is told by its owner
        self.counts("a folder farther up")

    def test_links(self):
        kept = self.where.folder / "kept"
        kept.mkdir(mode=0o755)
        shutil.move(self.config, kept / "config")
        (kept / "one").symlink_to("config")
        self.config.symlink_to(kept / "one")
        self.counts("two links in a row")
        (kept / "config").chmod(0o666)
        self.counts_not("what they lead to", f"{kept}/config, where it is kept, can be written by others", f"chmod o-w {kept}/config")
        (kept / "config").chmod(0o600)
        kept.chmod(0o777)
        self.counts_not("where they lead", f"its folder {kept} can be written by others", f"chmod o-w {kept}")
        kept.chmod(0o755)
        os.lchown(self.config, OTHER, OTHER)
        self.counts_not("a link of another user", f"the link {self.config} belongs to another user", "chown 0")
        os.lchown(self.config, 0, 0)
        os.lchown(kept / "one", OTHER, OTHER)
        self.counts_not("the second link", f"the link {kept}/one belongs to another user", "chown 0")
        os.lchown(kept / "one", 0, 0)
        shutil.rmtree(self.where.home / ".aws/cli", ignore_errors=True)
        real = self.where.folder / "real"
        shutil.move(self.config.parent, real)
        self.config.parent.symlink_to(real)
        self.counts("a folder by a link")
        real.chmod(0o777)
        self.counts_not("that folder for all", f"its folder {real} can be written by others", f"chmod o-w {real}")

    def test_rights_that_the_mode_does_not_show(self):
        self.config.chmod(0o660)
        undefined = 0xFFFFFFFF
        entries = [(1, 6, undefined), (2, 6, OTHER), (4, 4, undefined), (16, 6, undefined), (32, 0, undefined)]  # owner, a user, group, mask, others (acl(5))
        try:
            os.setxattr(self.config, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries))
        except OSError as error:
            self.skipTest(f"no access control lists here: {error}")
        self.counts_not("an access control list", "it can be written by its group", "chmod g-w")

    def test_our_own_file_counts_as_a_whole_or_not_at_all(self):
        for mode, owner, why in ((0o666, 0, "can be written by others"), (0o644, OTHER, "belongs to another user")):
            self.own.chmod(mode)
            os.chown(self.own, owner, 0)
            for command in (("credential-process", "--profile", "plain"), ("config", "show"), ("cache", "list")):
                done = self.where.run(*command)
                self.assert_fails(done, 3, f"{self.own} is refused: it {why}")
        self.assertEqual(self.where.service.count(), 0)
        os.chown(self.own, 0, 0)
        self.own.chmod(0o664)
        self.assertEqual(self.where.run("credential-process", "--profile", "plain").returncode, 0)
        elsewhere = self.where.folder / "own.toml"
        shutil.copy(self.own, elsewhere)
        elsewhere.chmod(0o666)
        self.assert_fails(self.where.run("--config", str(elsewhere), "credential-process", "--profile", "plain"), 3, "is refused: it can be written by others")

    def test_the_folder_of_our_own_file(self):
        for folder in (self.own.parent, self.own.parent.parent):
            for mode, owner, why in ((0o777, 0, "can be written by others"), (0o755, OTHER, "belongs to another user")):
                folder.chmod(mode)
                os.chown(folder, owner, 0)
                done = self.where.run("config", "show")
                if folder == self.own.parent:
                    self.assert_fails(done, 3, f"{self.own} is refused: its folder {folder} {why}")
                else:
                    self.assertEqual((done.returncode, done.stderr), (0, ""))  # farther up: what others put there is theirs, and is told by its owner
            folder.chmod(0o755)
            os.chown(folder, 0, 0)
        self.assertEqual(self.where.run("config", "show").returncode, 0)

    def test_a_folder_that_is_named_by_going_up(self):
        """What is written through ~/.aws/credentials -> ../keys lies in the home."""
        (self.where.home / ".aws/credentials").rename(self.where.home / "keys")
        (self.where.home / ".aws/credentials").symlink_to("../keys")
        done = self.where.run("login", "--profile", "plain", "--write", "short")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.where.home.chmod(0o777)
        before = (self.where.home / "keys").read_text()
        done = self.where.run("login", "--profile", "plain", "--write", "short")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("can be written by others", done.stderr)
        self.assertEqual((self.where.home / "keys").read_text(), before)

    def test_a_ca_bundle_for_log_ins_in_a_file_that_others_can_write(self):
        with open(self.config, "a") as config:
            config.write(f"[profile corp]\nsaml_endpoint = https://localhost:1/\nsaml_username = ada\nregion = us-east-1\nsaml_ca_bundle = {authority().bundle}\n")
        read, write = os.pipe()
        os.write(write, b"secret\n")
        os.close(write)
        self.config.chmod(0o666)
        done = self.where.run("credential-process", "--profile", "corp", "--saml-password-fd", str(read), pass_fds=[read])
        os.close(read)
        self.assert_fails(done, 3, "saml_ca_bundle in ", "does not count", "can be written by others")

    def test_key_files(self):
        key = self.where.home / "key"
        for mode, owner, why in ((0o640, 0, "it can be read by others"), (0o600, OTHER, "it belongs to another user")):
            key.chmod(mode)
            os.chown(key, owner, 0)
            self.assert_fails(self.where.run("credential-process", "--profile", "plain"), 9, why)
        os.chown(key, 0, 0)
        self.where.home.chmod(0o777)
        self.own.unlink()  # it lies below the same folder
        self.assert_fails(self.where.run("cache", "status"), 9, f"its folder {self.where.home} can be written by others")

    def as_user(self, *prefix):
        """Options to run the program as another user, who has nothing but what root has laid out."""
        for path in (self.where.folder, self.where.home):
            path.chmod(0o755)
        for path in self.where.home.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.command.chmod(0o755)
        writable = self.where.folder / "writable"
        writable.mkdir(mode=0o777, exist_ok=True)
        writable.chmod(0o777)
        self.ran = writable / "ran"
        self.command.write_text(f"#!/bin/sh\ntouch {self.ran}\necho 123456\n")
        return {"environment": {"TOUCHSTS_KEY_FILE": "", "TOUCHSTS_KEYRING": "off"}, "user": OTHER, "group": OTHER, "extra_groups": []}

    @unittest.skipUnless(os.access(BINARY, os.X_OK), "no binary")
    def test_what_root_has_laid_out_counts_for_others(self):
        """As a read-only mount does that belongs to root."""
        options = self.as_user()
        if subprocess.run([BINARY, "--version"], user=OTHER, capture_output=True).returncode != 0:
            self.skipTest("the program cannot be reached by other users here")
        self.counts("root's file", **options)
        self.config.chmod(0o646)
        self.counts_not("root's file for all", "it can be written by others", "chmod o-w", **options)

    def test_a_group_of_the_users_own(self):
        """umask 002 and a private group for each user, as most distributions have it: what the group may write is the user's own."""
        options = self.as_user()
        files = [self.where.folder / "passwd", self.where.folder / "group"]
        files[0].write_text(f"root:x:0:0:root:/root:/bin/sh\nada:x:{OTHER}:{OTHER}::{self.where.home}:/bin/sh\n")
        for path in [self.where.home, *self.where.home.rglob("*")]:
            os.chown(path, OTHER, OTHER)
        self.config.parent.chmod(0o775)
        self.config.chmod(0o664)
        mounts = f'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && shift 2 && exec setpriv --reuid {OTHER} --regid {OTHER} --clear-groups "$@"'

        def run(members, *command):
            files[1].write_text(f"root:x:0:\nada:x:{OTHER}:{members}\n")
            return subprocess.run([*unshared(), "sh", "-c", mounts, "sh", *files, BINARY, *command], env=self.where.environment | options["environment"], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=60, start_new_session=True)

        done = run("", "login", "--profile", "plain", "--write", "short")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for command in (("doctor",), ("config", "check")):
            self.assertNotIn("written by", run("", *command).stdout)
        done = run("bob", "login", "--profile", "plain", "--write", "short", "--renew")
        self.assert_fails(done, 3, "can be written by its group", "chmod g-w")
        told = run("bob", "doctor")
        self.assertIn(f"chmod g-w {self.config.parent}", told.stdout, told.stderr)
        self.assertRegex(run("bob", "config", "check").stdout, rf"{self.config}: .*can be written by its group")

    def test_user_namespaces(self):
        """Folders of users who are not mapped belong to nobody there; they are root's, as a rule."""
        options = self.as_user()
        probe = subprocess.run(["unshare", "-U", "-r", BINARY, "--version"], user=OTHER, capture_output=True, text=True)
        if probe.returncode != 0:
            self.skipTest(f"no user namespaces for users here: {probe.stderr.strip()}")
        for path in self.where.home.rglob("*"):
            os.chown(path, OTHER, OTHER)
        environment = self.where.environment | options.pop("environment")
        done = subprocess.run(["unshare", "-U", "-r", BINARY, "credential-process", "--profile", "asks", "--no-cache", "--timeout", "5"], env=environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, start_new_session=True, **options)
        self.assertTrue(self.ran.exists(), done.stderr)


if __name__ == "__main__":
    unittest.main()
