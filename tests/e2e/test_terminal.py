"""The prompt, in a real terminal driven by tmux; and in one where signals come at any moment."""
import fcntl
import json
import os
import pty
import random
import subprocess
import termios
import threading
import time
import unittest

from support import BINARY, ROOT, Case, place, wait_for
from tmux import Tmux


class Prompt(Case):
    def setUp(self):
        self.context = place()
        self.where = self.context.__enter__()
        self.addCleanup(self.context.__exit__, None, None, None)
        self.tmux = Tmux(self.where.environment)
        self.addCleanup(self.tmux.close)

    def settings(self):
        name = self.where.folder / f"stty{time.monotonic_ns()}"
        self.tmux.type(f"stty -a > {name}")
        return wait_for(lambda: name.exists() and name.read_text())

    def test_a_typed_code_is_not_shown_and_the_terminal_is_as_before(self):
        before = self.settings()
        self.tmux.type(f"{BINARY} login --profile ops")
        self.tmux.wait("for profile ops (no YubiKey found):")
        code = self.where.service.fresh_code(self.where.user)
        self.tmux.type(code)
        self.tmux.wait("credentials until")
        self.assertNotIn(code, self.tmux.screen())
        self.assertEqual(self.settings(), before)

    def test_the_prompt_comes_through_the_real_aws_cli_and_its_pipes(self):
        self.tmux.type(f"aws --endpoint-url {self.where.environment['AWS_ENDPOINT_URL_STS']} --profile cli sts get-caller-identity | cat")
        self.tmux.wait("for profile ops (no YubiKey found):", 20)
        self.tmux.type(self.where.service.fresh_code(self.where.user))
        self.tmux.wait("assumed-role/ops/", 20)

    def test_a_wrong_setting_of_the_network_is_said_beside_a_cached_answer(self):
        self.where.run("credential-process", "--profile", "plain")
        self.tmux.type(f"AWS_MAX_ATTEMPTS=x {BINARY} export --profile plain >/dev/null")
        self.tmux.wait("the next request will fail: AWS_MAX_ATTEMPTS 'x' is not a number from 1 on")

    def test_what_is_no_code_is_asked_for_again(self):
        self.tmux.type(f"{BINARY} login --profile ops")
        self.tmux.wait("for profile ops (no YubiKey found):")
        self.tmux.type("cccccccccccbcdefghijklnrtuvcbdefghijklnrtuvc")
        self.tmux.wait("Yubico OTP")
        wait_for(lambda: self.tmux.screen().count("for profile ops (no YubiKey found):") == 2)
        self.tmux.type(self.where.service.fresh_code(self.where.user))
        self.tmux.wait("credentials until")

    def test_a_refused_code_is_asked_for_again(self):
        self.tmux.type(f"{BINARY} login --profile ops")
        self.tmux.wait("for profile ops (no YubiKey found):")
        self.tmux.type("000000")
        self.tmux.wait("wait for the next code")
        wait_for(lambda: self.tmux.screen().count("for profile ops (no YubiKey found):") == 2)
        self.tmux.type(self.where.service.fresh_code(self.where.user))
        self.tmux.wait("credentials until")

    def test_interrupt_end_of_file_and_time_out(self):
        before = self.settings()
        for key, options, code in [("C-c", "", 130), ("C-d", "", 6), (None, "--timeout 1", 6), ("C-\\", "", 131)]:
            self.tmux.do("send-keys", "-R")
            self.tmux.do("clear-history")
            self.tmux.type("clear")
            self.tmux.type(f"{BINARY} login --profile ops {options}")
            self.tmux.wait("for profile ops (no YubiKey found):")
            if key:
                time.sleep(0.2)
                self.tmux.do("send-keys", key)
            self.tmux.wait_for_shell()
            self.tmux.type("echo code=$?")
            self.tmux.wait(f"code={code}")
            self.assertEqual(self.settings(), before)

    def test_stopped_and_continued_it_asks_again(self):
        before = self.settings()
        self.tmux.type(f"{BINARY} login --profile ops")
        self.tmux.wait("for profile ops (no YubiKey found):")
        time.sleep(0.2)
        self.tmux.do("send-keys", "C-z")
        self.tmux.wait("Stopped")
        self.assertEqual(self.settings(), before)
        self.tmux.type("fg")
        wait_for(lambda: self.tmux.screen().count("for profile ops (no YubiKey found):") >= 2)
        self.tmux.type(self.where.service.fresh_code(self.where.user))
        self.tmux.wait("credentials until")

    def test_in_the_background_it_fails_instead_of_stopping_the_job(self):
        self.tmux.type(f"{BINARY} login --profile ops & wait $!; echo code=$?")
        self.tmux.wait("code=6")
        self.assertIn("not in the foreground", self.tmux.screen())

    def test_the_connection_opens_while_the_code_is_typed(self):
        self.tmux.type(f"{BINARY} login --profile ops")
        self.tmux.wait("for profile ops (no YubiKey found):")
        port = self.where.port

        def established():
            table = open("/proc/net/tcp").read()
            return any(f":{port:04X} 01 " in line for line in table.splitlines())

        wait_for(established, 5)
        self.assertEqual(self.where.service.count(), 0)
        self.tmux.type(self.where.service.fresh_code(self.where.user))
        self.tmux.wait("credentials until")


class Signals(Case):
    """Whatever signal comes at whatever moment of a prompt, the terminal is left as it was."""

    ROUNDS = int(os.environ.get("TOUCHSTS_SIGNAL_ROUNDS", "100"))

    def setUp(self):
        context = place()
        self.where = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def at(self, prompt, *arguments, environment=None):
        started = time.monotonic()
        self.where.run("--version")
        milliseconds = 30 + 4000 * (time.monotonic() - started)
        for _ in range(3):  # later where the signals came before the prompt
            if self.send_signals(int(milliseconds), arguments, environment).count(prompt.encode()) > self.ROUNDS // 4:
                return
            milliseconds *= 2
        self.fail("the signals came too early")

    def send_signals(self, milliseconds, arguments, environment):
        """What is shown."""
        seed = random.randrange(2**32)
        master, slave = pty.openpty()
        leader = subprocess.Popen([ROOT / "tests/e2e/leader.py", str(self.ROUNDS), str(seed), str(milliseconds), BINARY, *arguments], stdin=slave, stdout=slave, stderr=subprocess.PIPE, text=True,
                                  env=self.where.environment | (environment or {}), preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
        os.close(slave)
        shown = []
        drain = threading.Thread(target=self.read_all, args=(master, shown))
        drain.start()
        errors = leader.communicate(timeout=300)[1]
        drain.join()
        seen = json.loads(errors.splitlines()[-1])
        self.assertEqual(seen["bad"], [], f"seed {seed}")
        self.assertEqual(sum(seen["sent"].values()), self.ROUNDS)
        self.assertGreater(seen["stops"], self.ROUNDS // 10)  # of a fifth
        return b"".join(shown)

    @staticmethod
    def read_all(master, shown):
        try:
            while shown.append(os.read(master, 4096)) or shown[-1]:
                pass
        except OSError:  # the other end is closed
            os.close(master)

    def test_at_the_prompt_for_a_code(self):
        self.at("for profile ops (no YubiKey found):", "login", "--profile", "ops")
        self.assertEqual(self.where.service.count(), 0)

    def test_at_the_prompt_for_a_new_passphrase(self):
        self.at("New passphrase", "setup", "--passphrase", environment={"TOUCHSTS_KEY_FILE": "", "TOUCHSTS_KEYRING": "off"})
        self.assertFalse((self.where.home / ".local/share/touchsts/slots").exists())

    def test_at_the_prompt_for_the_passphrase(self):
        environment = {"TOUCHSTS_KEY_FILE": "", "TOUCHSTS_KEYRING": "off"}
        read, write = os.pipe()
        os.write(write, b"one\n")
        os.close(write)
        self.assertEqual(self.where.run("setup", "--passphrase", "--passphrase-fd", str(read), pass_fds=(read,), environment=environment).returncode, 0)
        os.close(read)
        self.at("Passphrase of", "cache", "unlock", environment=environment)


if __name__ == "__main__":
    unittest.main()
