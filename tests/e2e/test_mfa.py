"""mfa enroll, resync and list against the strict IAM, with the account on a card in pcscd's reader. The real AWS CLI
proves the strict IAM right."""
import base64
import json
import signal
import subprocess
import time

import reader
from strict_sts import totp
from support import BINARY, wait_for
from tmux import Tmux
from virtual_yubikey.card import TOUCH_TIMEOUT
from with_card import WithCard


def setUpModule():
    WithCard.daemon = reader.start("aws")


def tearDownModule():
    if WithCard.daemon:
        WithCard.daemon.close()


class Mfa(WithCard):
    def setUp(self):
        super().setUp()
        self.card.oath.reset()
        self.card.touch_after = 0.3
        self.user = self.where.user
        self.devices = dict(self.user.mfa)
        self.where.environment["AWS_ENDPOINT_URL_IAM"] = self.where.environment["AWS_ENDPOINT_URL_STS"]
        self.serial = "arn:aws:iam::123456789012:mfa/key"

    def mfa(self, *arguments):
        return self.where.run("mfa", *arguments, "--profile", "ops")

    def near_the_next_step(self):
        """IAM's clock is an hour ahead of ours, and its next code comes soon."""
        ahead = 3600 - (time.time() + 3600 + 3) % totp.PERIOD
        self.where.service.clock_offset = ahead + totp.PERIOD

    def nothing_is_left(self):
        self.assertEqual((self.user.mfa, self.where.service.waiting), (self.devices, {}))
        self.assertEqual(self.card.oath.accounts, {})

    def test_the_real_aws_cli_and_this_iam_understand_each_other(self):
        def aws(*arguments):
            done = subprocess.run(["aws", "--profile", "base", "--region", "us-east-1", "iam", "--endpoint-url", self.where.environment["AWS_ENDPOINT_URL_STS"], *arguments],
                                  env=self.where.environment, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout or "{}")

        seed_file = self.where.folder / "seed"
        made = aws("create-virtual-mfa-device", "--virtual-mfa-device-name", "cli", "--bootstrap-method", "Base32StringSeed", "--outfile", str(seed_file))
        serial = made["VirtualMFADevice"]["SerialNumber"]
        self.assertEqual(seed_file.read_text(), self.where.service.waiting[serial])
        step = int(self.where.service.now()) // totp.PERIOD - 1
        codes = ["--authentication-code1", totp.code(seed_file.read_text(), step), "--authentication-code2", totp.code(seed_file.read_text(), step + 1)]
        aws("enable-mfa-device", "--user-name", "ada", "--serial-number", serial, *codes)
        self.assertIn(serial, [device["SerialNumber"] for device in aws("list-mfa-devices", "--user-name", "ada")["MFADevices"]])
        aws("resync-mfa-device", "--user-name", "ada", "--serial-number", serial, *codes)
        aws("deactivate-mfa-device", "--user-name", "ada", "--serial-number", serial)
        aws("delete-virtual-mfa-device", "--serial-number", serial)
        self.nothing_is_left()

    def test_enrolled_and_used_at_once(self):
        done = self.mfa("enroll", "--name", "key")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"mfa_serial = {self.serial}\n", done.stdout)
        self.assertEqual(self.card.touches, 1)
        account = self.card.oath.accounts[self.serial.encode()]
        self.assertEqual((account.key, account.touch, account.digits), (base64.b32decode(self.user.mfa[self.serial]), True, 6))
        self.assertNotIn(self.user.mfa[self.serial], done.stdout)
        listed = self.mfa("list", "--format", "json")
        self.assertEqual([device["serial"] for device in json.loads(listed.stdout)], [*self.devices, self.serial])
        # The present code is still free.
        config = self.where.home / ".aws/config"
        config.write_text(config.read_text().replace(self.where.serial, self.serial))
        self.finish(self.start())
        self.assertEqual(self.mfa("resync").returncode, 0)

    def test_iam_that_wants_newer_codes(self):
        self.where.service.oldest_pair = -1
        self.near_the_next_step()
        done = self.mfa("enroll", "--name", "key")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(self.serial, self.user.mfa)

    def test_a_failure_at_each_step_leaves_nothing_behind(self):
        refused = (403, [], b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")

        def refusing(action):
            def fault(request):
                if b"Action=" + action in request["body"]:
                    return refused
                self.where.service.faults.insert(0, fault)  # not this one; the next, perhaps
                return None
            return fault

        for action in (b"GetCallerIdentity", b"CreateVirtualMFADevice", b"EnableMFADevice"):
            with self.subTest(action):
                self.where.service.faults = [refusing(action)]
                self.assert_fails(self.mfa("enroll", "--name", "key"), 4, "AccessDenied: no")
                self.where.service.faults = []
                self.nothing_is_left()
        with self.subTest("enabled, but the answer is lost"):
            def enabled(request):
                if b"Action=EnableMFADevice" in request["body"]:
                    self.user.mfa[self.serial] = self.where.service.waiting.pop(self.serial)
                    return 200, [], b"<torn"
                self.where.service.faults.insert(0, enabled)
                return None

            self.where.service.faults = [enabled]
            self.assert_fails(self.mfa("enroll", "--name", "key"), 8, "the answer of IAM")
            self.nothing_is_left()
        with self.subTest("a key that stores something else"):
            put = self.card.oath.put
            self.card.oath.put = lambda data, p2: (put(data, p2), setattr(self.card.oath.accounts[self.serial.encode()], "key", b"x" * 20))[0]
            self.assert_fails(self.mfa("enroll", "--name", "key"), 5, "not the one that the seed gives")
            del self.card.oath.put
            self.nothing_is_left()
        with self.subTest("codes refused for good"):
            self.where.service.oldest_pair = 1
            self.near_the_next_step()
            self.assert_fails(self.mfa("enroll", "--name", "key", "--timeout", "50"), 4, "does not take the codes")
            self.where.service.oldest_pair, self.where.service.clock_offset = -3, 0
            self.nothing_is_left()
        with self.subTest("no room on the key"):
            for number in range(32):
                self.card.oath.add(f"other{number}", b"x" * 20)
            done = self.mfa("enroll", "--name", "key")
            self.card.oath.accounts.clear()
            self.assert_fails(done, 5, "no room")
            self.nothing_is_left()
        with self.subTest("nobody touches"):
            self.card.touch_after, self.card.patience = None, 1
            self.assert_fails(self.mfa("enroll", "--name", "key"), 6)
            self.nothing_is_left()
            self.card.touch_after, self.card.patience = 0.3, TOUCH_TIMEOUT
        with self.subTest("an answer that is none"):
            self.where.service.faults = [lambda request: (200, [], b"<CreateVirtualMFADeviceResponse/>") if b"CreateVirtual" in request["body"] else None] * 2
            self.assert_fails(self.mfa("enroll", "--name", "key"), 8, "does not hold a new MFA device")
            self.where.service.faults = []
            self.nothing_is_left()

    def test_what_cannot_be_taken_back_is_said(self):
        refused = (403, [], b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
        self.where.service.faults = [lambda request: None, lambda request: None, *[lambda request: refused] * 3]
        done = self.mfa("enroll", "--name", "key")
        self.assert_fails(done, 4, f"the device {self.serial} is still at IAM", "aws iam delete-virtual-mfa-device")
        self.assertEqual(self.card.oath.accounts, {})

    def at_the_touch(self):
        """An enrolment that waits for its touch."""
        process = subprocess.Popen([BINARY, "mfa", "enroll", "--name", "key", "--profile", "ops"], env=self.where.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        wait_for(lambda: self.card.waits)
        self.assertNotEqual(self.where.service.waiting, {})
        return process

    def test_who_gives_up_at_the_touch_wants_nothing_left(self):
        self.card.touch_after = None
        process = self.at_the_touch()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.communicate(timeout=60)[0], "")
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual((self.user.mfa, self.where.service.waiting), (self.devices, {}))

    def test_giving_up_counts_though_the_key_answers_at_the_same_time(self):
        self.card.touch_after = 2
        process = self.at_the_touch()
        process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.communicate(timeout=60)[0], "")
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual((self.user.mfa, self.where.service.waiting), (self.devices, {}))

    def test_resync_with_a_clock_that_is_wrong(self):
        self.assertEqual(self.mfa("enroll", "--name", "key").returncode, 0)
        config = self.where.home / ".aws/config"
        config.write_text(config.read_text().replace(self.where.serial, self.serial))
        self.where.service.clock_offset = 7200
        done = self.mfa("resync")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{self.serial} is in step again\n", ""))

    def test_before_anything_is_made(self):
        self.card.oath.add(self.serial, b"x" * 20)
        self.assert_fails(self.mfa("enroll", "--name", "key"), 2, "has an account", "--name")
        self.assert_fails(self.mfa("enroll", "--name", "a key"), 2, "is no name for a device")
        self.assert_fails(self.mfa("enroll", "--name", "key", "--yubikey", "1"), 5, "no YubiKey with the serial number 1")
        self.where.environment["AWS_ENDPOINT_URL_IAM"] = "https://evil.example"
        self.assert_fails(self.mfa("list"), 3, "https://evil.example", "allowed_endpoints")
        self.assertEqual(self.where.service.waiting, {})

    def test_the_seed_is_shown_on_a_terminal_alone(self):
        self.assert_fails(self.mfa("enroll", "--name", "key", "--show-seed"), 6, "there is no terminal to show the seed on")
        self.nothing_is_left()
        tmux = Tmux(self.where.environment, columns=300)
        self.addCleanup(tmux.close)
        tmux.type(f"{BINARY} mfa enroll --name key --show-seed --profile ops > {self.where.folder}/out")
        tmux.wait("the seed, once and never again: ")
        wait_for(lambda: self.serial in self.user.mfa)
        tmux.wait(self.user.mfa[self.serial])
        self.assertNotIn(self.user.mfa[self.serial], (self.where.folder / "out").read_text())

    def test_resync_with_typed_codes(self):
        tmux = Tmux(self.where.environment, columns=300)
        self.addCleanup(tmux.close)
        config = self.where.home / ".config/touchsts/config.toml"
        config.write_text(config.read_text().replace('pcsc_reader = "Virtual PCD"\n', ""))
        tmux.type(f"{BINARY} mfa resync --profile ops")
        tmux.wait("shows now:")
        tmux.type(self.where.service.code(self.user, -1))
        tmux.wait("next code")
        tmux.type(self.where.service.code(self.user, 0))
        tmux.wait("is in step again")
