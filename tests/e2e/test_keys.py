"""Where the cache's key is kept: the kernel's keyring in all its states, a real gnome-keyring, passphrases."""
import fcntl
import hashlib
import importlib.util
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import gnome_keyring
import slots_file
from screen import OnScreen
from support import BINARY, MANY, SANITIZED, Case, PATH, place, wait_for
from tmux import Tmux

PLAIN = ("credential-process", "--profile", "plain")


def keyring_usable():
    name = f"touchsts-probe-{os.urandom(8).hex()}"  # the keyring is shared by all tests that run
    probe = subprocess.run(["keyctl", "add", "user", name, "x", "@u"], capture_output=True, text=True)
    if probe.returncode != 0:
        return probe.stderr.strip()
    read = subprocess.run(["keyctl", "search", "@u", "user", name], capture_output=True, text=True)
    subprocess.run(["keyctl", "unlink", probe.stdout.strip(), "@u"], capture_output=True)
    return read.stderr.strip()


class KeyCase(Case):
    """A home without a key file; the kernel's user keyring, unless a test says otherwise."""

    def setUp(self):
        context = place()
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        del self.where.environment["TOUCHSTS_KEY_FILE"]
        self.where.environment["TOUCHSTS_KEYRING"] = "user"
        self.addCleanup(lambda: self.where.run("cache", "lock"))

    def need_keyring(self):
        trouble = keyring_usable()
        if trouble:
            self.skipTest(f"no kernel keyring here: {trouble}")

    def ok(self, *arguments, **options):
        done = self.where.run(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def status(self, **options):
        return json.loads(self.ok("cache", "status", "--format", "json", **options))

    def calls_for(self, *arguments, **options):
        before = self.where.service.count()
        self.assertIn("SecretAccessKey", self.ok(*(arguments or PLAIN), **options))
        return self.where.service.count() - before

    def with_passphrase(self, passphrase, *arguments, option="--passphrase-fd", **options):
        """Runs with the passphrase in a pipe."""
        read, write = os.pipe()
        os.write(write, passphrase.encode() + b"\n")
        os.close(write)
        try:
            return self.where.run(*arguments, option, str(read), pass_fds=(read,), **options)
        finally:
            os.close(read)

    def set_passphrase(self, passphrase):
        done = self.with_passphrase(passphrase, "setup", "--passphrase")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


# Runs a command that is not allowed to read what a key holds: keyctl(KEYCTL_READ).
UNREADABLE = [sys.executable, "-c", """import os, seccomp, sys
rules = seccomp.SyscallFilter(seccomp.ALLOW)
rules.add_rule(seccomp.ERRNO(1), "keyctl", seccomp.Arg(0, seccomp.EQ, 11))
rules.load()
os.execv(sys.argv[1], sys.argv[1:])"""]


class Keyring(KeyCase):
    """Every state that a keyring can be in costs the cache at most: no message, no failure."""

    def setUp(self):
        super().setUp()
        self.need_keyring()

    def key(self):
        store = hashlib.sha256(f"touchsts store\n{self.where.home}/.local/share".encode()).hexdigest()[:16]
        return subprocess.run(["keyctl", "search", "@u", "user", f"touchsts:sk:{store}"], capture_output=True, text=True, check=True).stdout.strip()

    def state(self, *command):
        self.assertEqual(self.calls_for(), 1)
        self.assertEqual(self.calls_for(), 0)
        self.assertTrue(self.status()["sessions_readable"])
        subprocess.run(["keyctl", command[0], self.key(), *command[1:]], check=True, capture_output=True)

    def test_expired(self):
        self.state("timeout", "1")
        time.sleep(1.5)
        self.assertFalse(self.status()["sessions_readable"])
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))

    def test_revoked(self):
        self.state("revoke")
        self.assertFalse(self.status()["sessions_readable"])
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))

    def test_unlinked(self):
        self.state("unlink", "@u")
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))

    def test_without_permissions(self):
        self.state("setperm", "0x00000000")
        self.calls_for()
        self.assertIn("cache key", self.where.run("doctor").stdout)

    def test_the_doctor_tries_it_and_leaves_nothing(self):
        if importlib.util.find_spec("seccomp") is None:
            self.skipTest("python3-seccomp is not installed")
        self.assertIn("ok       cache key: kernel keyring, user", self.where.run("doctor").stdout)
        # What is left in a keyring that no other test has.
        for said, wrapper in (("ok       cache key: kernel keyring, session", []), ("trouble  cache key: the kernel keyring", UNREADABLE)):
            done = subprocess.run(["keyctl", "session", "-", "sh", "-c", '"$@"; keyctl show @s', "sh", *wrapper, BINARY, "doctor"], env=self.where.environment | {"TOUCHSTS_KEYRING": "session"},
                                  capture_output=True, text=True)
            self.assertIn(said, done.stdout)
            self.assertIn("keyring: _ses", done.stdout)
            self.assertNotIn("touchsts:probe", done.stdout)

    def test_without_a_session_keyring_each_process_has_its_own(self):
        """As with cron, or in a container: what is put into the session's keyring goes with the process."""
        environment = {"TOUCHSTS_KEYRING": "session"}
        join = ["keyctl", "session", "-"]
        self.assertIn("ok       cache key: kernel keyring, session", subprocess.run([*join, BINARY, "doctor"], env=self.where.environment | environment, capture_output=True, text=True).stdout)
        without = subprocess.run(["keyctl", "show", "@s"], capture_output=True, text=True).stdout
        if "_uid_ses" not in without:
            self.skipTest("this session has a keyring")
        self.assertEqual((self.calls_for(environment=environment), self.calls_for(environment=environment)), (1, 1))
        done = self.where.run("login", "--profile", "plain", environment=environment)
        self.assert_fails(done, 1, "login would save nothing: the kernel keyring cannot keep a key here: what one process puts there is gone for the next")
        self.assertEqual(self.where.service.count(), 2)
        done = self.where.run("doctor", environment=environment)
        self.assertEqual(done.returncode, 9)
        self.assertIn("trouble  cache key: the kernel keyring cannot keep a key here: what one process puts there is gone for the next, so nothing is cached", done.stdout)

    def test_a_store_is_not_unlocked_where_each_process_has_its_own_keyring(self):
        if "_uid_ses" not in subprocess.run(["keyctl", "show", "@s"], capture_output=True, text=True).stdout:
            self.skipTest("this session has a keyring")
        environment = {"TOUCHSTS_KEYRING": "session"}
        done = self.with_passphrase("one", "setup", "--passphrase", environment=environment)
        self.assertIn("the kernel has no keyring for it here", done.stdout)
        self.assert_fails(self.with_passphrase("one", "cache", "unlock", environment=environment), 9, "the kernel keyring cannot keep the key here")
        given = environment | {"TOUCHSTS_PASSPHRASE": "one"}
        self.assertEqual((self.calls_for(environment=given), self.calls_for(environment=given)), (1, 0))
        self.assertIn("  plain\n", self.ok("cache", "list", environment=given))
        self.assertNotIn("not held", self.ok("config", "explain", "--profile", "plain", environment=given))
        wrong = environment | {"TOUCHSTS_PASSPHRASE": "two"}
        for words, code in ((("logout", "--profile", "plain"), 9), (("login", "--profile", "plain"), 1)):
            self.assert_fails(self.where.run(*words, environment=wrong), code, "TOUCHSTS_PASSPHRASE")
        self.assertIn("the one from TOUCHSTS_PASSPHRASE is not it", self.where.run("doctor", environment=wrong).stdout)
        self.assert_fails(self.where.run("logout", "--profile", "plain", environment=environment), 9, "cannot be told: the key store is locked")
        self.assertEqual(self.ok("logout", "--profile", "plain", environment=given), "1 removed\n")
        self.assertEqual(self.calls_for(environment=given), 1)

    def test_a_payload_of_another_size(self):
        self.state("update", "short")
        self.assertEqual(self.calls_for(), 1)

    def test_locked(self):
        self.state("timeout", "600")
        self.assertIn("nothing else has its key", self.ok("cache", "lock"))
        self.assertFalse(self.status()["sessions_readable"])
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))

    def test_a_full_quota(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be a user without keys")
        user = 39999
        for path in [self.where.folder, *self.where.folder.rglob("*")]:
            os.chown(path, user, user)
        fill = "for size in 2000 1; do for i in $(seq 250); do head -c $size /dev/zero | keyctl padd user filler$size.$i @u || break; done; done"
        options = {"user": user, "group": user, "extra_groups": []}
        subprocess.run(["keyctl", "session", "-", "sh", "-c", fill], capture_output=True, **options)
        self.addCleanup(subprocess.run, ["keyctl", "clear", "@u"], capture_output=True, **options)
        self.assertEqual((self.calls_for(**options), self.calls_for(**options)), (1, 1))
        done = self.where.run("doctor", **options)
        self.assertIn("trouble  cache key: the kernel keyring cannot keep a key here: ", done.stdout)


class Denied(KeyCase):
    """Containers forbid the calls in several ways."""

    def deny(self, error, *names):
        try:
            import seccomp
        except ImportError:
            self.skipTest("python3-seccomp is not installed")

        def filter_calls():
            rules = seccomp.SyscallFilter(seccomp.ALLOW)
            for name in names:
                rules.add_rule(seccomp.ERRNO(error), name)
            rules.load()

        return filter_calls

    def check(self, error, *names):
        options = {"preexec_fn": self.deny(error, *names)}
        self.assertEqual((self.calls_for(**options), self.calls_for(**options)), (1, 1))
        for scope in ("auto", "session", "persistent", "user"):
            self.assertEqual(self.calls_for(environment={"TOUCHSTS_KEYRING": scope}, **options), 1)
        done = self.where.run("doctor", **options)
        self.assertEqual(done.returncode, 9)
        self.assertRegex(done.stdout, "trouble  cache key: the kernel keyring cannot keep a key here: .*, so nothing is cached; name a key file")
        self.assertNotIn("ok       cache key", done.stdout)
        key = self.where.home / "key"
        environment = {"TOUCHSTS_KEY_FILE": str(key)}
        self.assertEqual((self.calls_for(environment=environment, **options), self.calls_for(environment=environment, **options)), (1, 0))

    def test_as_docker_does(self):
        self.check(1, "add_key", "keyctl", "request_key")

    def test_as_podman_does(self):
        self.check(38, "add_key", "request_key")

    def test_a_kernel_without_keyrings(self):
        self.check(38, "add_key", "keyctl", "request_key")

    def test_no_access(self):
        self.check(13, "add_key", "keyctl", "request_key")


class Passphrase(KeyCase):
    def setUp(self):
        super().setUp()
        self.need_keyring()

    def test_it_unlocks_until_it_is_locked(self):
        self.assertIn("a passphrase (Argon2id, ", self.set_passphrase("correct horse"))
        self.assertTrue(self.status()["unlocked"])
        self.assertIn("locked", self.ok("cache", "lock"))
        self.assertFalse(self.status()["unlocked"])
        self.assert_fails(self.where.run("cache", "unlock", "--no-prompt"), 9, "the key store is locked", "touchsts cache unlock")
        self.assert_fails(self.where.run("cache", "unlock"), 6, "no terminal")
        self.assert_fails(self.with_passphrase("wrong", "cache", "unlock"), 9, "the passphrase from --passphrase-fd is not the store's")
        self.assertEqual(self.with_passphrase("correct horse", "cache", "unlock", "--for", "8h").stdout, "unlocked for 480 minutes\n")
        self.assertTrue(self.status()["unlocked"])

    def test_sessions_do_not_wait_for_it(self):
        self.set_passphrase("correct horse")
        self.ok("cache", "lock")
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.assertFalse(self.status()["unlocked"])
        self.with_passphrase("correct horse", "cache", "unlock")
        self.assertEqual(self.calls_for(), 0)  # what was cached meanwhile stays

    def test_it_brings_sessions_back_after_a_reboot(self):
        self.set_passphrase("correct horse")
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.ok("cache", "lock")
        self.assertEqual(self.calls_for(environment={"TOUCHSTS_PASSPHRASE": "correct horse"}), 0)

    def test_in_the_environment_it_reaches_nobody_else(self):
        self.set_passphrase("correct horse")
        self.ok("cache", "lock")
        environment = {"TOUCHSTS_PASSPHRASE": "correct horse", "AFTER": "x"}
        shown = self.ok("exec", "--profile", "plain", "--", "/usr/bin/env", environment=environment)
        self.assertIn("AFTER=x\n", shown)
        self.assertNotIn("correct", shown)
        process = subprocess.Popen([BINARY, "exec", "--profile", "plain", "--", "/bin/sleep", "5"], env=self.where.environment | environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_for(lambda: pathlib.Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n")
        self.assertNotIn(b"correct", pathlib.Path(f"/proc/{process.pid}/environ").read_bytes())

    def test_two_hundred_at_once_work_on_it_once(self):
        self.set_passphrase("correct horse")
        self.ok("cache", "lock")
        log = self.where.folder / "log"
        environment = self.where.environment | {"TOUCHSTS_PASSPHRASE": "correct horse"}
        crowd = [subprocess.Popen([BINARY, "--log-level", "debug", "--log-file", str(log), *PLAIN], env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) for _ in range(MANY)]
        answers = {process.communicate(timeout=120) for process in crowd}
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(self.where.service.count(), 1)
        self.assertEqual(log.read_text().count("a passphrase is tried"), 1)
        log.unlink()
        self.ok("--log-level", "debug", "--log-file", str(log), *PLAIN)
        self.assertNotIn("a passphrase is tried", log.read_text())

    def test_it_is_changed_and_the_key_is_changed(self):
        self.set_passphrase("one")
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.set_passphrase("two")
        self.assertEqual(self.calls_for(), 0)
        self.assert_fails(self.with_passphrase("one", "cache", "rekey"), 9, "is not the store's")
        done = self.with_passphrase("two", "cache", "rekey")
        self.assertEqual((done.returncode, done.stdout), (0, "the key is a new one; 1 cached sessions were removed\n"))
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.ok("cache", "lock")
        self.assertEqual(self.with_passphrase("two", "cache", "unlock").returncode, 0)

    def test_a_key_that_is_replaced_on_a_failing_disk_stays(self):
        self.set_passphrase("one")
        slots = self.where.home / ".local/share/touchsts/slots"
        self.where.environment["ASAN_OPTIONS"] = "detect_leaks=0"  # which needs a process that is not traced
        for call in ("openat", "write", "fsync", "renameat"):
            for when in range(1, 60):
                with self.subTest(call=call, when=when):
                    self.ok("cache", "lock")
                    before = slots.read_bytes()
                    trace = self.where.folder / "trace"
                    read, write = os.pipe()
                    os.write(write, b"one\n")
                    os.close(write)
                    command = ["strace", "-qq", "-f", "-o", str(trace), "-P", str(slots.parent), "-e", f"inject={call}:error=ENOSPC:when={when}", BINARY,
                               "cache", "rekey", "--passphrase-fd", str(read)]
                    done = subprocess.run(command, env=self.where.environment, capture_output=True, text=True, pass_fds=(read,), timeout=60)
                    os.close(read)
                    if "INJECTED" not in trace.read_text():
                        break
                    self.assertNotEqual(done.returncode, 70, done.stderr)
                    if done.returncode != 0:
                        self.assertEqual(slots.read_bytes(), before)
                        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                    self.assertEqual(self.with_passphrase("one", "cache", "unlock").returncode, 0)
                    self.assertEqual(sorted(file.name for file in slots.parent.iterdir()), ["lock", "slots"])

    def test_damaged_and_hostile_slots(self):
        self.set_passphrase("one")
        self.ok("cache", "lock")
        slots = self.where.home / ".local/share/touchsts/slots"
        whole = slots.read_bytes()
        for bad in (b"", whole[:-1], whole[:20], whole.replace(b"TSTSK", b"TSTSX"), os.urandom(200), b"x" * 100_000):
            with self.subTest(bad[:20]):
                slots.write_bytes(bad)
                done = self.with_passphrase("one", "cache", "unlock")
                self.assert_fails(done, 9, "/slots", "damaged" if len(bad) < 1000 else "too large")
                self.assertIn("SecretAccessKey", self.ok(*PLAIN))
        slots.write_bytes(whole)
        self.assertEqual(self.with_passphrase("one", "cache", "unlock").returncode, 0)

    def test_too_little_memory(self):
        self.set_passphrase("one")
        self.ok("cache", "lock")
        if b"AddressSanitizer" in pathlib.Path(BINARY).read_bytes():
            self.skipTest("needs the static binary: a sanitized one needs terabytes of addresses")
        limit = 18 * 2**20  # less than the cheapest derivation takes, which a slow machine chooses
        done = self.with_passphrase("one", "cache", "unlock", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assert_fails(done, 9, "Memory allocation error")

    def test_bad_passphrases_and_durations(self):
        for given in ("", "a\0b"):
            self.assert_fails(self.with_passphrase(given, "setup", "--passphrase"), 2, "it is empty, or has a zero byte in it")
        self.set_passphrase("one")
        for given in ("0", "-1h", "8x", "h", "31d", "99999999999999999999h"):
            self.assert_fails(self.with_passphrase("one", "cache", "unlock", "--for", given), 2, "--for")
        self.assert_fails(self.where.run("setup", "--remove", "passphrase"), 2, "nothing else holds")
        self.assert_fails(self.where.run("setup", "--secret-service", "--no-prompt"), 9, "there is no session bus")


class SecretServiceCase(KeyCase):
    """The real gnome-keyring-daemon, on a bus of its own."""

    def setUp(self):
        super().setUp()
        missing = [program for program in gnome_keyring.PROGRAMS if not shutil.which(program, path=PATH)]
        if missing:
            self.skipTest(f"{' and '.join(missing)} not installed")
        self.runtime = tempfile.mkdtemp(prefix="touchsts-run-")
        self.addCleanup(shutil.rmtree, self.runtime, True)
        self.where.environment |= {"DBUS_SESSION_BUS_ADDRESS": self.start_bus(), "XDG_RUNTIME_DIR": self.runtime}
        self.daemon = None
        self.start()

    def start_bus(self):
        bus, address = gnome_keyring.start_bus()
        self.addCleanup(bus.wait)
        self.addCleanup(bus.terminate)
        return address

    def tool(self, *arguments):
        return subprocess.run(["secret-tool", *arguments], env=self.where.environment, capture_output=True)

    def start(self, password="testpass"):
        self.daemon = gnome_keyring.start_daemon(self.where.environment, password)
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait()

    def reboot(self, password="testpass"):
        self.ok("cache", "lock")
        self.stop()
        self.start(password)


class GnomeKeyring(SecretServiceCase):
    def test_with_nothing_configured_sessions_outlive_a_reboot(self):
        self.need_keyring()
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.assertEqual(self.status()["holders"], ["the desktop's secret store"])
        self.reboot()
        status = self.status()
        self.assertTrue(status["unlocked"] and status["sessions_readable"], status)
        self.assertEqual(status["protectors"], [{"name": "the desktop's secret store", "open": True, "why": ""}])
        self.assertIn("sessions 1 cached, readable\n", self.ok("cache", "status"))
        self.assertIn("key store: unlocked by a run, without asking\n", self.where.run("doctor").stdout)
        self.assertEqual(self.key_state(), "gone")  # to look leaves nothing there
        self.assertEqual(self.calls_for(), 0)
        self.assertEqual(self.key_state(), "there")

    def key_state(self):
        store = hashlib.sha256(f"touchsts store\n{self.where.home}/.local/share".encode()).hexdigest()[:16]
        return "gone" if subprocess.run(["keyctl", "search", "@u", "user", f"touchsts:mk:{store}"], capture_output=True).returncode else "there"

    def test_the_status_is_what_a_run_would_find(self):
        self.need_keyring()
        self.ok("setup")
        self.set_passphrase("one")
        self.assertEqual(self.calls_for(), 1)
        self.reboot("wrong")
        status = self.status()
        self.assertFalse(status["unlocked"] or status["sessions_readable"], status)
        self.assertEqual([(held["open"], held["why"]) for held in status["protectors"]], [(False, "the desktop's secret store is locked"), (False, "it has to be typed")])
        self.assertIn("sessions 1 cached, unreadable (store locked)\n", self.ok("cache", "status"))
        done = self.with_passphrase("one", "cache", "status", "--format", "json")
        self.assertEqual([held["open"] for held in json.loads(done.stdout)["protectors"]], [False, True])
        self.assertTrue(json.loads(done.stdout)["sessions_readable"])
        done = self.with_passphrase("two", "cache", "status")
        self.assertIn("the one from --passphrase-fd is not it", done.stdout)
        self.assertEqual(self.key_state(), "gone")

    def test_without_a_keyring_of_the_kernel(self):
        self.where.environment["TOUCHSTS_KEYRING"] = "off"
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))

    def test_the_item_is_as_documented(self):
        self.ok("setup")
        shown = self.tool("search", "--all", "application", "touchsts")
        text = shown.stdout + shown.stderr
        self.assertIn(b"label = touchsts master key\n", text)
        attributes = dict(line.split(b" = ", 1) for line in text.splitlines() if line.startswith(b"attribute."))
        self.assertEqual(attributes[b"attribute.application"], b"touchsts")
        self.assertRegex(attributes[b"attribute.store"], b"^[0-9a-f]{16}$")
        self.assertRegex(attributes[b"attribute.key"], b"^[0-9a-f]{32}$")
        found = self.tool("lookup", "application", "touchsts", "key", attributes[b"attribute.key"].decode())
        self.assertEqual((found.returncode, len(found.stdout)), (0, 32))

    def test_a_new_key_takes_the_place_of_the_old_one(self):
        self.need_keyring()
        self.ok("setup")
        before = self.tool("lookup", "application", "touchsts").stdout
        self.assertEqual(self.calls_for(), 1)
        self.ok("cache", "rekey")
        after = self.tool("lookup", "application", "touchsts").stdout
        self.assertNotEqual(before, after)
        self.assertEqual(self.tool("search", "--all", "application", "touchsts").stdout.count(b"label = "), 1)
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.reboot()
        self.assertEqual(self.calls_for(), 0)

    def test_a_locked_collection_costs_no_time_and_no_session(self):
        self.need_keyring()
        self.ok("setup")
        self.reboot("wrong")
        started = time.monotonic()
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.assert_took(time.monotonic() - started, 2)
        for options in ((), ("--no-prompt",)):  # there is no display on which anybody could see a question
            self.assert_fails(self.where.run("cache", "unlock", *options), 9, "the desktop's secret store is locked")
        self.assertIn("key store: locked", self.where.run("doctor").stdout)
        self.reboot()
        self.ok("cache", "unlock")

    def test_a_passphrase_beside_it(self):
        self.need_keyring()
        self.ok("setup")
        self.set_passphrase("one")
        self.assertEqual(len(self.status()["holders"]), 2)
        self.reboot("wrong")
        self.assertEqual(self.with_passphrase("one", "cache", "unlock").returncode, 0)
        self.reboot()
        self.assertIn("passphrase", self.ok("setup", "--remove", "secret-service"))
        self.assertEqual(self.tool("lookup", "application", "touchsts").stdout, b"")

    def test_a_bus_without_secrets_a_silent_one_and_none(self):
        self.need_keyring()
        self.stop()
        for name, address, most in (("no service", self.where.environment["DBUS_SESSION_BUS_ADDRESS"], 1), ("nobody", "unix:path=/nonexistent", 1)):
            with self.subTest(name):
                self.where.forget()
                self.ok("cache", "lock")
                started = time.monotonic()
                self.assertEqual(self.calls_for(environment={"DBUS_SESSION_BUS_ADDRESS": address}), 1)
                self.assert_took(time.monotonic() - started, most)
        path = str(self.where.folder / "silent")
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(path)
            silent.listen()
            self.where.forget()
            self.ok("cache", "lock")
            started = time.monotonic()
            self.assertEqual(self.calls_for(environment={"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}), 1)
            self.assert_took(time.monotonic() - started, 4, awaited=2)


class Prompting(SecretServiceCase):
    """A store that answers every change by a prompt, as KeePassXC does, whether anybody is needed for it or not."""

    def start(self, *arguments):
        if subprocess.run(["/usr/bin/python3", "-c", "import jeepney"], capture_output=True).returncode != 0:
            self.skipTest("python3-jeepney is not installed")
        self.daemon = subprocess.Popen(["/usr/bin/python3", pathlib.Path(__file__).with_name("prompting_secrets.py"), *arguments], env=self.where.environment,
                                       stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.daemon.stdout.close)
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)
        self.assertEqual(json.loads(self.daemon.stdout.readline()), "ready")

    def silent(self):
        self.stop()
        self.start("silent")

    def test_setup_without_a_display_keeps_the_key_as_secret_tool_does(self):
        done = subprocess.run(["secret-tool", "store", "--label=x", "a", "b"], input=b"secret", env=self.where.environment, capture_output=True)
        self.assertEqual((done.returncode, self.tool("lookup", "a", "b").stdout), (0, b"secret"))
        self.assertIn("the desktop's secret store", self.ok("setup", "--secret-service"))
        self.assertEqual(len(self.tool("lookup", "application", "touchsts").stdout), 32)

    def test_the_first_run_makes_the_store(self):
        self.need_keyring()
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.assertEqual(self.status()["holders"], ["the desktop's secret store"])
        self.ok("cache", "lock")
        self.assertEqual(self.calls_for(), 0)

    def test_a_prompt_that_nobody_answers_is_said_once_and_taken_back(self):
        self.need_keyring()
        self.silent()
        tmux = Tmux(self.where.environment)
        self.addCleanup(tmux.close)
        tmux.type(f"{BINARY} credential-process --profile plain > /dev/null; echo done $?")
        tmux.wait("done 0")
        self.assertIn("touchsts setup --secret-service", tmux.screen().replace("\n", ""))
        tmux.start(f"{BINARY} credential-process --profile plain > /dev/null; echo again $?")
        tmux.wait("again 0")
        self.assertNotIn("setup", tmux.screen())
        started = time.monotonic()
        self.assert_fails(self.where.run("setup", "--secret-service", "--timeout", "2"), 6, "nobody answered in time", "touchsts setup --secret-service")
        self.assert_took(time.monotonic() - started, 4, awaited=2)
        self.stop()
        self.assertIn('"Dismiss"', self.daemon.stdout.read())


class OnADesktop(SecretServiceCase, OnScreen):
    """Where there is a display, the secret store may ask."""

    def start_bus(self):
        self.show_screen(self.where.home)
        self.where.environment["DISPLAY"] = self.desktop["DISPLAY"]
        return self.desktop["DBUS_SESSION_BUS_ADDRESS"]

    def setUp(self):
        super().setUp()
        self.need_keyring()

    def locked(self):
        self.ok("setup")
        self.reboot("wrong")
        return subprocess.Popen([BINARY, "cache", "unlock"], env=self.where.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_the_person_unlocks_it(self):
        process = self.locked()
        self.type_answer(process, lambda: "testpass")
        self.assertEqual(process.communicate(timeout=60), ("unlocked for 720 minutes\n", ""))

    def test_the_person_does_not_want_to(self):
        process = self.locked()
        self.escape(process)
        self.assertEqual(process.communicate(timeout=60)[1], "touchsts: the key store is locked: the desktop's secret store stays locked\n")
        self.assertEqual(process.returncode, 6)

    def test_sessions_and_no_prompt_ask_nobody(self):
        self.ok("setup")
        self.reboot("wrong")
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.assert_fails(self.where.run("cache", "unlock", "--no-prompt"), 9, "the desktop's secret store is locked")
        self.assertFalse(self.prompts())


class Typed(KeyCase):
    """A passphrase that is typed, in a real terminal."""

    def setUp(self):
        super().setUp()
        self.need_keyring()
        self.tmux = Tmux(self.where.environment)
        self.addCleanup(self.tmux.close)

    def test_setup_asks_twice_and_unlock_again_after_a_wrong_one(self):
        self.tmux.type(f"{BINARY} setup; echo done $?")
        for typed, question in (("one", "New passphrase"), ("two", "The same again:"), ("correct horse", "New passphrase"), ("correct horse", "The same again:")):
            wait_for(lambda: self.tmux.screen().rstrip().split("\n")[-1].startswith(question))
            self.tmux.type(typed)
        self.tmux.wait("done 0")
        self.assertIn("a passphrase (Argon2id", self.tmux.screen())
        self.ok("cache", "lock")
        self.tmux.do("send-keys", "-R")
        self.tmux.do("clear-history")
        self.tmux.type(f"{BINARY} cache unlock; echo done $?")
        self.tmux.wait("Passphrase of touchsts' key store:")
        self.tmux.type("wrong")
        self.tmux.wait("that was not the passphrase")
        self.tmux.type("correct horse")
        self.tmux.wait("unlocked for 720 minutes")
        self.assertNotIn("horse", self.tmux.screen())


class StoredKeys(KeyCase):
    """Long-term keys that leave ~/.aws/credentials."""

    def setUp(self):
        super().setUp()
        self.need_keyring()
        self.credentials = self.where.home / ".aws/credentials"
        self.text = "# mine\n[other]\nregion = x\n\n" + self.credentials.read_text() + "\n; the end\n"
        self.credentials.write_text(self.text)
        self.set_passphrase("one")

    def import_base(self, *options):
        return self.where.run("keys", "import", "--profile", "base", *options)

    def test_moved_used_listed_and_removed(self):
        done = self.import_base()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, f"the key {self.where.user.access_key_id} of profile base is in the key store, and not in {self.credentials} any more\n")
        self.assertEqual(self.credentials.read_text(), "# mine\n[other]\nregion = x\n\n[base]\n\n; the end\n")
        self.assertEqual(self.credentials.stat().st_mode & 0o777, 0o600)
        self.assertEqual(sorted(os.listdir(self.credentials.parent)), ["config", "credentials"])
        for file in self.where.home.rglob("*"):
            self.assertNotIn(self.where.user.secret.encode(), file.read_bytes() if file.is_file() else b"", file)
        self.assertEqual((self.calls_for(), self.calls_for()), (1, 0))
        self.assertIn("SecretAccessKey", self.where.login() and self.ok("credential-process", "--profile", "base"))
        environment = self.where.environment
        aws = subprocess.run(["aws", "--endpoint-url", environment["AWS_ENDPOINT_URL_STS"], "--profile", "cli", "sts", "get-caller-identity"], env=environment, capture_output=True, text=True)
        self.assertIn("assumed-role/ops/", aws.stdout, aws.stderr)
        self.assertEqual(json.loads(self.ok("keys", "list", "--format", "json")), [{"profile": "base", "access_key_id": self.where.user.access_key_id}])
        self.assert_fails(self.where.run("keys", "remove", "--profile", "base"), 6, "must confirm on a terminal to remove the key", "--force")
        self.assertIn("removed", self.ok("keys", "remove", "--profile", "base", "--force"))
        self.assertEqual(self.ok("keys", "list"), "")
        self.assert_fails(self.where.run(*PLAIN, "--no-cache"), 3, "base")

    def test_an_empty_token_makes_no_keys_temporary(self):
        for token in ("", "# none"):
            with self.subTest(token):
                self.credentials.write_text(self.text.replace("[base]\n", f"[base]\naws_session_token = {token}\n"))
                done = self.import_base()
                self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.credentials.write_text(self.text.replace("[base]\n", "[base]\naws_session_token = t\n"))
        self.assert_fails(self.import_base(), 3, "the keys of profile base are temporary")

    def test_locked_they_wait_for_the_passphrase(self):
        self.import_base()
        self.ok("cache", "lock")
        self.assert_fails(self.where.run(*PLAIN), 6, "the keys of profile base: the key store is locked: a passphrase is needed, but there is no terminal", "touchsts cache unlock")
        self.assert_fails(self.where.run(*PLAIN, "--no-prompt"), 9, "the keys of profile base: the key store is locked", "touchsts cache unlock")
        done = self.with_passphrase("one", *PLAIN)
        self.assertIn("SecretAccessKey", done.stdout, done.stderr)
        self.assertIn("SecretAccessKey", self.ok(*PLAIN, "--renew"))

    def test_two_hundred_at_once_ask_once(self):
        self.import_base()
        self.ok("cache", "lock")
        tmux = Tmux(self.where.environment)
        self.addCleanup(tmux.close)
        answers = self.where.folder / "answers"
        answers.mkdir()
        tmux.type(f"for i in $(seq {MANY}); do {BINARY} credential-process --profile plain > {answers}/$i 2>&1 & done; wait; echo done-$((6*7))")
        time.sleep(3)
        self.assertNotIn("Passphrase", tmux.screen())  # they are in the background of the terminal, so nobody asks
        tmux.wait("done-42", 60)
        self.assertEqual({"the key store is locked" in file.read_text() for file in answers.iterdir()}, {True})
        environment = self.where.environment | {"TOUCHSTS_PASSPHRASE": "one"}
        log = self.where.folder / "log"
        crowd = [subprocess.Popen([BINARY, "--log-level", "debug", "--log-file", str(log), *PLAIN], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(MANY)]
        self.assertEqual(len({process.communicate(timeout=120) for process in crowd}), 1)
        self.assertEqual(log.read_text().count("a passphrase is tried"), 1)
        self.assertEqual(self.where.service.count(), 1)

    def test_they_follow_a_new_key(self):
        self.import_base()
        folder = self.where.home / ".local/share/touchsts"
        before = {file.name for file in folder.iterdir()}
        self.assertEqual(self.with_passphrase("one", "cache", "rekey").returncode, 0)
        after = {file.name for file in folder.iterdir()}
        self.assertEqual(len(after), 4)
        self.assertEqual(before & after, {"lock", "slots", "keys.ini"})
        self.assertEqual(self.calls_for(), 1)

    def test_many_at_once_beside_new_keys_lose_none(self):
        names = [f"many{number}" for number in range(12)]
        with open(self.credentials, "a") as file:
            for number, name in enumerate(names):
                file.write(f"[{name}]\naws_access_key_id = AKIAMANY{number:08d}\naws_secret_access_key = secret{number}\n")
        crowd = [self.begin("keys", "import", "--profile", name) for name in names[:6]]
        crowd.append(self.begin("cache", "rekey"))
        crowd += [self.begin("keys", "import", "--profile", name) for name in names[6:]]
        crowd.append(self.begin("cache", "rekey"))
        for process in crowd:
            _, err = process.communicate(timeout=100)
            self.assertEqual((process.returncode, err), (0, ""))
        self.assertNotIn("AKIAMANY", self.credentials.read_text())
        self.assertEqual({entry["profile"] for entry in json.loads(self.ok("keys", "list", "--format", "json"))}, set(names))
        for number, name in enumerate(names):
            self.assertEqual(json.loads(self.ok("credential-process", "--profile", name))["SecretAccessKey"], f"secret{number}")

    def begin(self, *arguments):
        return subprocess.Popen([BINARY, *arguments], env=self.where.environment | {"TOUCHSTS_PASSPHRASE": "one"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def test_another_command_that_changes_the_store_is_waited_for(self):
        with open(self.where.home / ".local/share/touchsts/lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assert_fails(self.where.run("keys", "import", "--profile", "base", "--timeout", "1"), 9, "another touchsts is changing the key store", "try again")
            waiting = self.begin("keys", "import", "--profile", "base")
            time.sleep(0.5)
            self.assertEqual(waiting.poll(), None)
            self.assertIn("SecretAccessKey", self.ok(*PLAIN))  # reading takes no turn
        self.assertEqual(waiting.communicate(timeout=60)[1], "")
        self.assertEqual(waiting.returncode, 0)

    def test_where_no_file_can_be_locked_keys_are_moved_all_the_same(self):
        trace = self.where.folder / "trace"
        done = subprocess.run(["strace", "-f", "-o", str(trace), "-e", "inject=flock:error=ENOLCK", BINARY, "keys", "import", "--profile", "base"],
                              env=self.where.environment | {"TOUCHSTS_PASSPHRASE": "one", "ASAN_OPTIONS": "detect_leaks=0"}, capture_output=True, text=True, timeout=60)
        self.assertIn("ENOLCK", trace.read_text())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("aws_access_key_id", self.credentials.read_text())
        self.assertEqual(self.calls_for(), 1)

    @unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
    def test_a_disk_that_reports_errors_while_the_key_changes_loses_no_stored_key(self):
        self.import_base()
        for call in ("fsync", "rename,renameat,renameat2", "unlink,unlinkat"):
            failed = 0
            for number in range(1, 12):
                trace = self.where.folder / "trace"
                done = subprocess.run(["strace", "-o", str(trace), "-e", f"inject={call}:error=EIO:when={number}", BINARY, "cache", "rekey"],
                                      env=self.where.environment | {"TOUCHSTS_PASSPHRASE": "one"}, capture_output=True, text=True, timeout=60)
                if "INJECTED" not in trace.read_text():
                    break
                failed += done.returncode != 0
                self.assertIn("SecretAccessKey", self.with_passphrase("one", *PLAIN, "--renew").stdout, (call, number, done.stderr))
            self.assertGreater(number, 2)
            self.assertGreater(failed, 0, call)

    def test_without_a_store_that_lasts_nothing_is_moved(self):
        shutil.rmtree(self.where.home / ".local")
        self.ok("cache", "lock")
        self.assert_fails(self.import_base(), 9, "there is no key store that lasts", "touchsts setup")
        self.assertEqual(self.credentials.read_text(), self.text)

    def test_a_key_that_the_kernel_alone_has_does_not_last(self):
        """The folder of the store is gone, but not the key in the kernel's keyring."""
        shutil.rmtree(self.where.home / ".local")
        before = self.credentials.read_bytes()
        self.assert_fails(self.import_base(), 9, "nothing that lasts holds the store's key", "the kernel's keyring has the key for hours only", "touchsts setup")
        self.assertEqual(self.credentials.read_bytes(), before)
        self.set_passphrase("two")
        self.ok_import()
        self.ok("cache", "lock")
        self.assertEqual(json.loads(self.with_passphrase("two", "credential-process", "--profile", "base").stdout)["SecretAccessKey"], self.where.user.secret)

    def ok_import(self):
        done = self.import_base()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn(self.where.user.secret, self.credentials.read_text())

    def test_what_only_the_kernel_holds_takes_no_keys_of_dialects_either(self):
        shutil.rmtree(self.where.home / ".local")
        done = self.where.run("aws-credential-process", "--mfa-serial-number", self.where.serial, "--access-key-id", self.where.user.access_key_id,
                              "--secret-access-key", self.where.user.secret, "--mfa-oath-slot", "x", "--assume-role-arn", self.where.plain_role)
        self.assertFalse(list(self.where.home.rglob("keys.ini")), done.stderr)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "aws-credential-process: an MFA code is needed, but there is no terminal to ask on (no YubiKey found); "
                         "plug it in and make sure its CCID interface is enabled, or run it in a terminal first, or set mfa_process\n")

    def test_a_dialect_says_once_that_nothing_keeps_a_secret_key(self):
        shutil.rmtree(self.where.home / ".local")
        own = self.where.home / ".config/touchsts/config.toml"
        program = self.where.folder / "code"
        program.write_text(f"#!/bin/sh\necho {self.where.service.fresh_code(self.where.user)}\n")
        program.chmod(0o755)
        own.write_text(own.read_text() + f'[defaults]\nmfa_process = "{program}"\n')
        run = ["aws-credential-process", "--mfa-serial-number", self.where.serial, "--access-key-id", self.where.user.access_key_id, "--secret-access-key", self.where.user.secret]
        said = []
        for name in ("aws-credential-process", "aws_credential_process.py", "aws-credential-process.py"):
            done = subprocess.run([name, *run[1:]], executable=BINARY, env=self.where.environment | {"AWS_DEFAULT_REGION": "us-east-1"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("SecretAccessKey", done.stdout)
            said.append(done.stderr)
        self.assertEqual(said[1:], ["", ""])
        self.assertEqual(said[0].count("\n"), 1)
        self.assertTrue(said[0].startswith("WARNING:root:the secret key is not kept for later runs: "), said)
        self.assertNotIn(self.where.user.secret, said[0])

    def test_a_key_file_in_memory(self):
        """It would be gone after a reboot, and the keys with it."""
        memory = pathlib.Path("/dev/shm") / f"touchsts-test-{os.getpid()}"
        memory.write_bytes(os.urandom(32))
        self.addCleanup(memory.unlink)
        memory.chmod(0o600)
        before = self.credentials.read_bytes()
        done = self.where.run("keys", "import", "--profile", "base", environment={"TOUCHSTS_KEY_FILE": str(memory)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"the key file {memory} is kept in memory, and gone after a reboot", done.stdout)
        self.assertEqual(self.credentials.read_bytes(), before)
        self.assertIn("SecretAccessKey", self.ok("credential-process", "--profile", "base"))
        done = self.where.run("keys", "import", "--profile", "base", "--force", environment={"TOUCHSTS_KEY_FILE": str(memory)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn(self.where.user.secret, self.credentials.read_text())

    def test_names_as_aws_writes_them(self):
        self.credentials.write_text(self.credentials.read_text().replace("[base]", "[my 'own' (keys), caf\u00e9]"))
        name = "my 'own' (keys), caf\u00e9"
        self.assertEqual(self.where.run("keys", "import", "--profile", name).returncode, 0)
        self.assertEqual(json.loads(self.ok("keys", "list", "--format", "json")), [{"profile": name, "access_key_id": self.where.user.access_key_id}])
        self.assertIn(self.where.user.secret, self.ok("credential-process", "--profile", name))

    def test_they_can_be_had_again(self):
        original = self.credentials.read_text()
        keys = f"aws_access_key_id = {self.where.user.access_key_id}\naws_secret_access_key = {self.where.user.secret}\n"
        self.ok_import()
        self.assert_fails(self.where.run("keys", "export", "--profile", "base"), 6, "must confirm on a terminal to print the secret access key", "--force")
        self.assertEqual(self.ok("keys", "export", "--profile", "base", "--force"), f"[base]\n{keys}")
        done = self.ok("keys", "export", "--profile", "base", "--to-section", "My Keys")
        self.assertEqual(done, f"the key {self.where.user.access_key_id} is in section [My Keys] of {self.credentials}, and still in the key store\n")
        self.assertTrue(self.credentials.read_text().endswith(f"\n[My Keys]\n{keys}"))
        before = self.credentials.read_bytes()
        self.assert_fails(self.where.run("keys", "export", "--profile", "base", "--to-section", "My Keys"), 3, "section [My Keys] holds keys already")
        self.assert_fails(self.where.run("keys", "export", "--profile", "base", "--to-section", "a]b"), 3, "a section cannot have the name")
        self.assertEqual(self.credentials.read_bytes(), before)
        self.ok("keys", "export", "--profile", "base", "--to-section", "base")
        self.ok("keys", "remove", "--profile", "base", "--force")
        self.assertIn("SecretAccessKey", self.ok("credential-process", "--profile", "base"))
        self.assert_fails(self.where.run("keys", "export", "--profile", "base", "--force"), 2, "the key store has no key of profile base")
        self.assertIn(self.where.user.secret, original)

    def test_it_asks_before_a_key_is_shown(self):
        self.ok_import()
        tmux = Tmux(self.where.environment)
        self.addCleanup(tmux.close)
        for typed, shown in (("no", "nothing was done"), ("export", f"aws_secret_access_key = {self.where.user.secret}")):
            tmux.start(f"{BINARY} keys export --profile base; echo done $?")
            tmux.wait("type 'export' to print the secret access key of")
            tmux.type(typed)
            tmux.wait(shown)
            tmux.wait("done 6" if typed == "no" else "done 0")
            self.assertEqual(self.where.user.secret in tmux.screen(), typed == "export")

    def test_a_key_file_lasts(self):
        shutil.rmtree(self.where.home / ".local")
        self.ok("cache", "lock")
        self.where.environment["TOUCHSTS_KEY_FILE"] = str(self.where.home / "key")
        self.assertEqual(self.import_base().returncode, 0)
        self.assertEqual(self.calls_for(), 1)
        shutil.copy(self.where.home / "key", self.where.home / "old")
        (self.where.home / "key").write_bytes(os.urandom(32))
        self.assert_fails(self.where.run(*PLAIN), 9, "the key store does not have the key")
        self.assert_fails(self.where.run("cache", "rekey"), 2, "another key file", "--old-key-file")
        for moved, sessions in ((1, "; 1 cached sessions were removed"), (0, "")):
            self.assertEqual(self.ok("cache", "rekey", "--old-key-file", str(self.where.home / "old")), f"{moved} stored keys were taken over{sessions}\n")
        self.assertEqual(self.calls_for(*PLAIN, "--renew"), 1)

    def test_between_a_store_and_a_key_file(self):
        self.import_base()
        self.assertRegex(self.import_base().stdout, r"\Athe key AKIA\w+ of profile base is in the key store already\n\Z")
        environment = {"TOUCHSTS_KEY_FILE": str(self.where.home / "key")}
        self.assert_fails(self.where.run(*PLAIN, environment=environment), 9, "the key store does not have the key")
        self.assertRegex(self.ok("cache", "rekey", environment=environment), r"\A1 stored keys were taken over(; 1 cached sessions were removed)?\n\Z")
        self.assertEqual(self.calls_for(environment=environment), 1)
        self.assert_fails(self.where.run(*PLAIN, "--renew"), 9, "the key store does not have the key")
        self.assertEqual(self.ok("cache", "rekey", "--old-key-file", str(self.where.home / "key")), "1 stored keys were taken over; 1 cached sessions were removed\n")
        self.assertEqual(self.calls_for(*PLAIN, "--renew"), 1)

    def test_kept_in_both_places(self):
        self.assertIn("as long as it stands in its file", self.import_base("--keep").stdout)
        self.assertEqual(self.credentials.read_text(), self.text)
        self.assertEqual(self.calls_for(), 1)

    def test_files_that_are_not_touched(self):
        target = self.where.home / "elsewhere"
        shutil.move(self.credentials, target)
        self.credentials.symlink_to("../elsewhere")
        self.assertEqual(self.import_base().returncode, 0)
        self.assertTrue(self.credentials.is_symlink())
        self.assertNotIn("aws_secret", target.read_text())

        def restored(mode=0o600):
            self.credentials.unlink()
            self.credentials.write_text(self.text)
            self.credentials.chmod(mode)

        restored(0o644)
        self.assertEqual(self.import_base().returncode, 0)
        self.assertEqual(self.credentials.stat().st_mode & 0o777, 0o600)
        restored()
        os.link(self.credentials, self.where.home / "second")
        self.assert_fails(self.import_base(), 3, "is in the key store, but it is still in its file too", "hard link")
        self.assertEqual(self.credentials.read_text(), self.text)
        restored()
        self.credentials.parent.chmod(0o777)
        self.assert_fails(self.import_base(), 3, f"its folder {self.credentials.parent} can be written by others")
        self.credentials.parent.chmod(0o700)
        self.credentials.write_text(self.text + "[base]\nregion = y\n")
        self.assert_fails(self.import_base(), 3, "two sections [base]")
        self.credentials.write_text("[base]\naws_access_key_id = A\naws_secret_access_key = S\naws_session_token = T\n")
        self.assert_fails(self.import_base(), 3, "temporary")
        self.credentials.write_text("[base]\nregion = x\n")
        self.ok("keys", "remove", "--profile", "base", "--force")
        self.assert_fails(self.import_base(), 3, "profile base has no access keys")

    def test_killed_at_any_moment_the_key_is_somewhere(self):
        folder = self.where.home / ".local/share/touchsts"
        slots = (folder / "slots").read_bytes()
        for number in range(1, 400, 7):
            for file in folder.iterdir():
                if file.name != "slots":
                    file.unlink()
            self.credentials.write_text(self.text)
            done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject=all:signal=KILL:when={number}", BINARY, "keys", "import", "--profile", "base"],
                                  env=self.where.environment | {"ASAN_OPTIONS": "detect_leaks=0"}, capture_output=True)
            content = self.credentials.read_text()
            self.assertIn(content, (self.text, "# mine\n[other]\nregion = x\n\n[base]\n\n; the end\n"), number)
            self.assertEqual((folder / "slots").read_bytes(), slots)
            self.assertEqual(self.calls_for(*PLAIN, "--no-cache"), 1, number)
            if done.returncode == 0:
                break
        self.assertEqual(done.returncode, 0)


class Format(KeyCase):
    """The file of slots, read after docs/cache-format.md by other programs' cryptography."""

    def setUp(self):
        super().setUp()
        self.slots = self.where.home / ".local/share/touchsts/slots"

    def test_slots_of_both_kinds(self):
        self.set_passphrase("correct horse")
        first = slots_file.read(self.slots.read_bytes(), b"correct horse")
        done = self.with_passphrase("correct horse", "setup", "--passphrase", "--pbkdf2", environment={"TOUCHSTS_PASSPHRASE": "correct horse"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("a passphrase (PBKDF2, 600000 rounds)", done.stdout)
        self.assertEqual(self.slots.read_bytes()[29], 2)
        self.assertEqual(slots_file.read(self.slots.read_bytes(), b"correct horse"), first)

    def test_slots_that_another_program_wrote(self):
        self.need_keyring()
        self.set_passphrase("x")
        for options in ({}, {"method": 2, "lanes": 0, "memory": 0, "passes": 1000}, {"lanes": 4, "memory": 32, "passes": 3}):
            with self.subTest(options):
                self.slots.write_bytes(slots_file.write(os.urandom(32), b"one", **options))
                self.ok("cache", "lock")
                self.assert_fails(self.with_passphrase("two", "cache", "unlock"), 9, "is not the store's")
                self.assertEqual(self.with_passphrase("one", "cache", "unlock").returncode, 0)


if __name__ == "__main__":
    unittest.main()
