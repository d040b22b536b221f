"""Disks and folders in every bad state: the answer still comes, or one line says why not."""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from support import BINARY, SANITIZED, Case, place

SCRATCH_UID = 54321  # nobody's: root would pass every check of modes and quotas


def as_scratch_user(where, *paths):
    for path in (where.folder, *paths):
        for entry in [path, *pathlib.Path(path).rglob("*")]:
            os.chown(entry, SCRATCH_UID, SCRATCH_UID, follow_symlinks=False)


@unittest.skipIf(os.geteuid() != 0, "needs root to become another user and to mount")
class Disk(Case):
    def test_an_entry_that_cannot_be_removed_keeps_no_other(self):
        with place() as where:
            where.run("credential-process", "--profile", "plain")
            (where.home / ".cache/touchsts" / ("0" * 32)).mkdir()
            done = where.run("cache", "clear")
            self.assert_fails(done, 1, "0" * 32, "remove it by hand")
            self.assertEqual([entry.name for entry in where.entries()], ["0" * 32])

    def run_as_scratch(self, where, *arguments, **options):
        return where.run(*arguments, user=SCRATCH_UID, group=SCRATCH_UID, extra_groups=[], **options)

    def credentials(self, where, **options):
        return self.run_as_scratch(where, "credential-process", "--profile", "plain", **options)

    def assert_answers(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(json.loads(done.stdout)["Version"], 1)

    def test_folders_and_files_are_private(self):
        with place() as where:
            as_scratch_user(where)
            self.assert_answers(self.credentials(where))
            folder = where.home / ".cache/touchsts"
            self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
            self.assertEqual((folder / "locks").stat().st_mode & 0o777, 0o700)
            self.assertEqual(len(where.entries()), 1)
            for entry in [*where.entries(), *(folder / "locks").iterdir()]:
                self.assertEqual(entry.stat().st_mode & 0o777, 0o600)
                self.assertRegex(entry.name, "^[0-9a-f]{32}$")

    def test_a_cache_that_cannot_be_written_costs_nothing_but_the_cache(self):
        def read_only(where):
            (where.home / ".cache").mkdir()
            (where.home / ".cache").chmod(0o500)

        def a_file_in_its_place(where):
            (where.home / ".cache").write_text("")

        def configured_elsewhere(where):
            where.environment["AWS_CONFIG_FILE"] = str(where.home / ".aws/config")
            where.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(where.home / ".aws/credentials")
            where.environment["XDG_CONFIG_HOME"] = str(where.home / ".config")

        def no_home(where):
            configured_elsewhere(where)
            where.environment["HOME"] = "/nonexistent"

        def the_root_as_home(where):
            configured_elsewhere(where)
            where.environment["HOME"] = "/"

        def home_not_set_and_a_user_that_nobody_knows(where):
            configured_elsewhere(where)
            del where.environment["HOME"]

        def dangling_link(where):
            (where.home / ".cache").symlink_to("/nonexistent/x")

        def long_name(where):
            where.environment["XDG_CACHE_HOME"] = "/" + "x" * 5000

        for arrange in (read_only, a_file_in_its_place, no_home, the_root_as_home, home_not_set_and_a_user_that_nobody_knows, dangling_link, long_name):
            with self.subTest(arrange.__name__), place() as where:
                arrange(where)
                as_scratch_user(where)
                self.assert_answers(self.credentials(where))
                self.assert_answers(self.credentials(where))
                self.assertEqual(where.service.count(), 2)

    def test_the_doctor_sees_where_nothing_can_be_kept(self):
        with place() as where:
            as_scratch_user(where)
            self.assertIn("ok       modes: ", self.run_as_scratch(where, "doctor").stdout)
            self.assertFalse((where.home / ".cache").exists())
            self.assert_answers(self.credentials(where))
            self.assertIn(f"ok       modes: {where.home}/.cache/touchsts is private (0700) and can be written\n", self.run_as_scratch(where, "doctor").stdout)
            self.assertEqual([entry.name for entry in where.entries() if entry.name.startswith(".")], [])
            (where.home / ".cache/touchsts").chmod(0o500)
            done = self.run_as_scratch(where, "doctor")
            self.assertEqual(done.returncode, 3)
            self.assertIn(f"trouble  modes: {where.home}/.cache/touchsts: a file cannot be made: Permission denied, so sessions cannot be cached", done.stdout)
            for cache in ("/nonexistent/x", str(where.home / "dangling"), str(where.home / ".aws/config"), "/proc"):
                (where.home / "dangling").unlink(missing_ok=True)
                (where.home / "dangling").symlink_to("/nonexistent/y")
                done = self.run_as_scratch(where, "doctor", environment={"XDG_CACHE_HOME": cache})
                self.assertIn(done.returncode, (1, 3), cache)
                self.assertRegex(done.stdout, rf"trouble  modes: {cache}/touchsts.*, so sessions cannot be cached")
            done = self.run_as_scratch(where, "doctor", environment={"HOME": "/nonexistent"})
            self.assertIn("trouble  modes: there is no home folder of yours, so sessions cannot be cached", done.stdout)

    def test_a_full_and_a_read_only_disk(self):
        for options, fill in (("size=64k", True), ("size=64k,nr_inodes=3", False)):
            with self.subTest(options), place() as where:
                cache = where.folder / "disk"
                cache.mkdir()
                done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(cache)], capture_output=True, text=True)
                if done.returncode != 0:
                    self.skipTest(f"no tmpfs can be mounted: {done.stderr.strip()}")
                try:
                    as_scratch_user(where)
                    where.environment["XDG_CACHE_HOME"] = str(cache)
                    if fill:
                        (cache / "touchsts").mkdir()
                        (cache / "touchsts").chmod(0o700)
                        with open(cache / "full", "wb", buffering=0) as file:
                            try:
                                while True:
                                    file.write(b"x" * 4096)
                            except OSError:
                                pass
                        os.chown(cache / "touchsts", SCRATCH_UID, SCRATCH_UID)
                    self.assert_answers(self.credentials(where))
                    left = list((cache / "touchsts").iterdir()) if (cache / "touchsts").exists() else []
                    self.assertEqual([entry.name for entry in left if entry.name.startswith(".t.")], [])
                    subprocess.run(["mount", "-o", "remount,ro", str(cache)], check=True)
                    self.assert_answers(self.credentials(where))
                finally:
                    subprocess.run(["umount", str(cache)], check=True)

    def inject(self, where, fault, *profile):
        """Runs credential-process with `fault` put into its system calls by strace; fails when it never happened."""
        trace = where.folder / "injected"
        done = subprocess.run(["strace", "-f", "-o", str(trace), "-e", f"inject={fault}", BINARY, "credential-process", "--profile", *profile],
                              env=where.environment, capture_output=True, text=True, timeout=60)
        self.assertIn("INJECTED", trace.read_text(), fault)
        return done

    @unittest.skipIf(SANITIZED, "a dynamic binary\'s loader makes system calls of its own")
    def test_errors_while_an_entry_is_written_leave_the_answer_and_no_rubbish(self):
        # The first write is the answer, the second the entry; the second fsync is the folder's, with the entry in place.
        for fault, kept in (("write:error=EDQUOT:when=2", False), ("write:error=EIO:when=2", False), ("write:error=ENOSPC:when=2", False),
                            ("fsync:error=EIO:when=1", False), ("rename,renameat,renameat2:error=EDQUOT", False),
                            ("mkdir,mkdirat:error=EDQUOT", False), ("fsync:error=EIO:when=2", True)):
            with self.subTest(fault), place() as where:
                self.assert_answers(self.inject(where, fault, "plain"))
                self.assertEqual(len(where.entries()), int(kept))
                self.assert_answers(where.run("credential-process", "--profile", "plain"))
                self.assertEqual(where.service.count(), 1 if kept else 2)

    @unittest.skipIf(SANITIZED, "a dynamic binary\'s loader makes system calls of its own")
    def test_interrupted_calls_are_made_again(self):
        for fault in ("read:error=EINTR:when=1..3", "write:error=EINTR:when=1", "write:error=EINTR:when=2", "openat,open:error=EINTR:when=1", "openat2:error=EINTR:when=1..2", "openat2:error=ENOSYS:when=1+", "openat2:error=EPERM:when=1+"):
            with self.subTest(fault), place() as where:
                self.assert_answers(self.inject(where, fault, "plain"))
                self.assert_answers(where.run("credential-process", "--profile", "plain"))
                self.assertEqual(where.service.count(), 1)

    @unittest.skipIf(SANITIZED, "a dynamic binary\'s loader makes system calls of its own")
    def test_read_and_write_errors_are_one_line_and_a_code(self):
        for fault, code, text in (("write:error=EIO:when=1", 1, "stdout: I/O error"), ("write:error=ENOSPC:when=1", 1, "stdout: No space"),
                                  ("read:error=EIO:when=1", 3, "/.aws/config: cannot be read"), ("read:error=EIO:when=2", 3, "/.aws/credentials: cannot be read"),
                                  ("read:error=EIO:when=3", 3, "config.toml: cannot be read"), ("read:error=EIO:when=4", 9, "key file")):
            with self.subTest(fault), place() as where:
                done = self.inject(where, fault, "plain")
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    @unittest.skipIf(SANITIZED, "a dynamic binary\'s loader makes system calls of its own")
    def test_an_entry_that_cannot_be_read_is_a_miss(self):
        with place() as where:
            self.assert_answers(where.run("credential-process", "--profile", "plain"))
            self.assert_answers(self.inject(where, "read:error=EIO:when=5..7", "plain"))
            self.assertEqual(where.service.count(), 2)

    def test_sessions_end_by_the_boot_clock_when_the_other_was_set_back(self):
        def later(where, seconds):
            return subprocess.run(["unshare", "--time", "--boottime", str(seconds), BINARY, "credential-process", "--profile", "plain"],
                                  env=where.environment, capture_output=True, text=True, timeout=60)

        with place() as where:
            first = where.run("credential-process", "--profile", "plain")
            shifted = later(where, 60)
            if "unshare" in shifted.stderr:
                self.skipTest(f"no time namespace: {shifted.stderr.strip()}")
            self.assert_answers(shifted)
            self.assertEqual(shifted.stdout, first.stdout)
            self.assertEqual(where.service.count(), 1)
            for seconds in (3601, 10 * 365 * 86400):  # the role lasts an hour
                again = later(where, seconds)
                self.assert_answers(again)
                self.assertNotEqual(again.stdout, first.stdout)
            self.assertEqual(where.service.count(), 3)

    def test_folders_of_others_and_open_folders_are_not_used(self):
        for mode, owner in ((0o755, SCRATCH_UID), (0o770, SCRATCH_UID), (0o700, 0)):
            with self.subTest(f"{mode:o} {owner}"), place() as where:
                as_scratch_user(where)
                folder = where.home / ".cache/touchsts"
                folder.mkdir(parents=True)
                os.chown(where.home / ".cache", SCRATCH_UID, SCRATCH_UID)
                folder.chmod(mode)
                os.chown(folder, owner, owner)
                for _ in range(2):
                    self.assert_answers(self.credentials(where))
                self.assertEqual(where.service.count(), 2)
                self.assertEqual(list(folder.iterdir()), [])

    def test_entries_that_are_links_foreign_open_or_damaged_are_misses(self):
        with place() as where:
            as_scratch_user(where)
            self.assert_answers(self.credentials(where))
            entry = where.entries()[0]
            good = entry.read_bytes()
            calls = where.service.count()
            self.assert_answers(self.credentials(where))
            self.assertEqual(where.service.count(), calls)

            def restore():
                entry.unlink(missing_ok=True)
                entry.write_bytes(good)
                entry.chmod(0o600)
                os.chown(entry, SCRATCH_UID, SCRATCH_UID)

            def as_link():
                target = where.home / "elsewhere"
                target.write_bytes(good)
                os.chown(target, SCRATCH_UID, SCRATCH_UID)
                entry.unlink()
                entry.symlink_to(target)

            damages = {"link": as_link, "mode": lambda: entry.chmod(0o644), "owner": lambda: os.chown(entry, 0, 0),
                       "empty": lambda: entry.write_bytes(b""), "short": lambda: entry.write_bytes(good[:-1]),
                       "long": lambda: entry.write_bytes(good + b"x"), "folder": lambda: (entry.unlink(), entry.mkdir()),
                       "fifo": lambda: (entry.unlink(), os.mkfifo(entry, 0o600))}
            for index in range(0, len(good), 16):
                damages[f"byte {index}"] = lambda index=index: entry.write_bytes(good[:index] + bytes([good[index] ^ 1]) + good[index + 1:])
            for name, damage in damages.items():
                with self.subTest(name):
                    restore()
                    damage()
                    calls = where.service.count()
                    self.assert_answers(self.credentials(where))
                    self.assertEqual(where.service.count(), calls + 1)
                    if entry.is_dir():
                        entry.rmdir()

    def test_a_key_file_in_a_bad_state_is_an_error_of_the_key_store(self):
        with place() as where:
            as_scratch_user(where)
            key = where.home / "key"
            for arrange, part in [(lambda: key.chmod(0o644), "read by others"), (lambda: key.write_bytes(b"short"), "at least 32"),
                                  (lambda: key.unlink(), "no such file"), (lambda: key.mkdir(), "not a regular file")]:
                arrange()
                key.is_file() and part != "read by others" and key.chmod(0o600)
                self.assert_fails(self.credentials(where), 9, part)

    def test_a_home_of_somebody_else_gets_no_files(self):
        with place() as where:
            as_scratch_user(where)
            before = sorted(str(path) for path in where.home.rglob("*"))
            where.environment.pop("TOUCHSTS_KEY_FILE")
            own = where.folder / "root"  # ada's config.toml would not count for root
            shutil.copytree(where.home / ".config", own)
            os.chown(own / "touchsts/config.toml", 0, 0)
            os.chown(own / "touchsts", 0, 0)
            where.environment["XDG_CONFIG_HOME"] = str(own)
            done = where.run("credential-process", "--profile", "plain")  # root with ada's HOME, as under sudo
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(str(path) for path in where.home.rglob("*")), before)

    def test_unreadable_configuration(self):
        with place() as where:
            as_scratch_user(where)
            (where.home / ".aws/config").chmod(0)
            self.assert_fails(self.credentials(where), 3, "Permission denied")
            (where.home / ".aws/config").chmod(0o600)
            shutil.rmtree(where.home / ".aws")
            self.assert_fails(self.credentials(where), 3, "there is no profile")


if __name__ == "__main__":
    unittest.main()
