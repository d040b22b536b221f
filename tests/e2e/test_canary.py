"""Secrets go nowhere but where they belong: not to arguments, environments, logs, errors, files or core dumps."""
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import unittest

from support import BINARY, ROOT, SANITIZED, Case, place, wait_for

PASSPHRASE = "canary-passphrase-8c1f"


class Canaries(Case):
    def setUp(self):
        context = place()
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        del self.where.environment["TOUCHSTS_KEY_FILE"]
        self.where.environment |= {"TOUCHSTS_KEYRING": "off", "ASAN_OPTIONS": "detect_leaks=0"}
        program = self.where.folder / "code"
        program.write_text(f"#!{sys.executable} -B\nimport sys, time\nsys.path.insert(0, {str(ROOT / 'tests')!r})\nfrom strict_sts import totp\n"
                           f"print(totp.code({self.where.user.mfa[self.where.serial]!r}, int(time.time()) // 30))\n")
        program.chmod(0o755)
        own = self.where.home / ".config/touchsts/config.toml"
        own.write_text(own.read_text() + f'[defaults]\nmfa_process = "{program}"\n')
        self.log = self.where.folder / "log"
        self.trace = self.where.folder / "trace"
        self.seen = {"argv": "", "environments": "", "stderr": "", "log": "", "files": {}}
        self.answers = set()  # what STS gave away

    def traced(self, *arguments, passphrase=None, code=0, option="--passphrase-fd", **environment):
        read = None
        if passphrase:
            read, write = os.pipe()
            os.write(write, passphrase.encode())
            os.close(write)
            arguments = (*arguments, option, str(read))
        command = ["strace", "-f", "-v", "-s", "100000", "-o", str(self.trace), "-e", "trace=execve,openat,open,creat", BINARY, "--log-level", "trace", "--log-file", str(self.log), *arguments]
        done = subprocess.run(command, env=self.where.environment | environment, capture_output=True, text=True, timeout=120, pass_fds=[read] if read else [], start_new_session=True)
        if read:
            os.close(read)
        self.assertEqual(done.returncode, code, (arguments, done.stderr))
        for line in self.trace.read_text().splitlines():
            if call := re.match(r'\d+ +execve\("[^"]*", (\[.*?\]), (\[.*\])(?:\)| <unfinished)', line):
                own = line.split("execve(")[1].startswith(json.dumps(BINARY))
                self.seen["argv"] += call[1]
                # What we are started with is the caller's doing; what we start others with is ours.
                self.seen["environments"] += "" if own else call[2]
            elif re.search(r"O_WRONLY|O_RDWR|O_CREAT", line) and " = -1 " not in line:
                self.seen["files"][re.search(r'"([^"]*)"', line)[1]] = line
        self.seen["stderr"] += done.stderr
        self.seen["log"] += self.log.read_text() if self.log.exists() else ""
        return done.stdout

    def test_a_life_with_secrets(self):
        with self.subTest("the life"):
            self.traced("setup", "--passphrase", passphrase=PASSPHRASE)
            self.traced("keys", "import", "--profile", "base", TOUCHSTS_PASSPHRASE=PASSPHRASE)
            for profile in ("ops", "plain"):
                for _ in range(2):
                    out = self.traced("credential-process", "--profile", profile, TOUCHSTS_PASSPHRASE=PASSPHRASE)
                    self.answers |= {json.loads(out)[key] for key in ("SecretAccessKey", "SessionToken")}
            self.traced("export", "--profile", "plain", TOUCHSTS_PASSPHRASE=PASSPHRASE)
            self.traced("login", "--profile", "plain", "--renew", passphrase=PASSPHRASE)
            for command in (("cache", "list"), ("cache", "status"), ("config", "show"), ("config", "check"), ("config", "explain", "--profile", "ops"), ("keys", "list"), ("oath", "info")):
                shown = self.traced(*command, code=5 if command[0] == "oath" else 0, TOUCHSTS_PASSPHRASE=PASSPHRASE)
                for secret in (PASSPHRASE, self.where.user.secret, *self.answers):
                    self.assertNotIn(secret, shown, command)
            self.traced("cache", "rekey", passphrase=PASSPHRASE)
            self.traced("cache", "unlock", code=9, passphrase="wrong-" + PASSPHRASE)
            self.where.service.duration_override = 900
            self.traced("credential-process", "--profile", "ops", "--renew-session", "--endpoint-url", "https://localhost:1", "--timeout", "3", code=3, TOUCHSTS_PASSPHRASE=PASSPHRASE)
        secrets = {"passphrase": PASSPHRASE, "long-term key": self.where.user.secret} | {f"answer {number}": text for number, text in enumerate(sorted(self.answers))}
        self.assertGreaterEqual(len(secrets), 6)
        # The nets are out: what is no secret is caught by each.
        self.assertIn("credential-process", self.seen["argv"])
        self.assertIn("TOUCHSTS_MFA_PROCESS=", self.seen["environments"])
        self.assertIn("plan:", self.seen["log"])
        self.assertIn("the passphrase from", self.seen["stderr"])
        self.assertTrue(any("/slots" in path or ".t." in path for path in self.seen["files"]))
        for place_name in ("argv", "environments", "stderr", "log"):
            for name, secret in secrets.items():
                self.assertNotIn(secret, self.seen[place_name], f"{name} in {place_name}")
        allowed = [self.where.home / ".cache/touchsts", self.where.home / ".local/share/touchsts", self.where.home / ".aws/.credentials.touchsts", self.log]
        for path, line in self.seen["files"].items():
            inside = path.startswith("/dev/") or "/" not in path or any(path.startswith(str(folder)) for folder in allowed) or path.startswith(".")
            self.assertTrue(inside or re.match(r"/proc/self/|\.\.?$|[0-9a-f]{32}$", path), line)
        for file in [*self.where.home.rglob("*"), *self.where.folder.glob("*")]:
            if file.is_file() and file != self.trace:
                content = file.read_bytes()
                for name, secret in secrets.items():
                    self.assertNotIn(secret.encode(), content, f"{name} in {file}")

    def test_a_crash_leaves_no_core_and_memory_is_nobodys(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be another user")
        user = 39998
        for path in [self.where.folder, *self.where.folder.rglob("*")]:
            os.chown(path, user, user)
        options = {"user": user, "group": user, "extra_groups": []}
        mfa = self.where.folder / "code"
        number = self.where.folder / "number"
        mfa.write_text(f"#!/bin/sh\necho $$ >{number}.new && mv {number}.new {number}\nexec sleep 60\n")
        process = subprocess.Popen([BINARY, "credential-process", "--profile", "ops"], env=self.where.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.where.folder,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2), start_new_session=True, **options)
        wait_for(number.exists)
        self.addCleanup(subprocess.run, ["kill", "-KILL", number.read_text().strip()], stderr=subprocess.DEVNULL)
        if not SANITIZED:  # whose runtime wants to look at itself
            for name in ("mem", "environ", "maps"):
                tried = subprocess.run(["cat", f"/proc/{process.pid}/{name}"], capture_output=True, text=True, **options)
                self.assertIn("Permission denied", tried.stderr, name)
        time.sleep(0.1)
        process.send_signal(signal.SIGSEGV)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGSEGV
        if not SANITIZED:
            self.assertEqual((os.WTERMSIG(status), os.WCOREDUMP(status)), (signal.SIGSEGV, False))
        self.assertEqual([str(file) for file in self.where.folder.rglob("core*")], [])


if __name__ == "__main__":
    unittest.main()
