"""The shipped binary, a real USB stack and virtual YubiKeys: everything between the command line and the key's applets."""
import base64
import json
import re
import time
import unittest

from guest import Guest
from support import SANITIZED, Case, wait_for
from virtual_yubikey.card import Card, OATH
from virtual_yubikey.machine import Missing
from virtual_yubikey.usb_device import Yubikey
from virtual_yubikey.usbredir import Plug

SEED = b"12345678901234567890"  # of the RFC's vectors
world = None


def setUpModule():
    global world
    if SANITIZED:
        raise unittest.SkipTest("the guest has no libraries for a sanitized binary")
    try:
        world = Guest()
    except Missing as why:
        raise unittest.SkipTest(str(why)) from None


def tearDownModule():
    if world:
        world.close()


class WithKeys(Case):
    """Each test plugs in what it needs; afterwards the ports are empty and the cards blank."""

    def setUp(self):
        self.machine = world.machine
        for number in range(2):
            card = world.cards[number] = Card(serial=12345678 + number)
            world.keys[number] = Yubikey(card)
        self.card, self.key = world.cards[0], world.keys[0]
        self.machine.run("rm -rf /guest/.cache")
        world.place.service.calls.clear()
        world.place.service.used_steps.clear()

    def forget_codes(self):
        """As if none had been sent."""
        self.machine.run("rm -rf /guest/.cache/touchsts/locks")
        world.place.service.used_steps.clear()

    def tearDown(self):
        for number in range(2):
            self.unplug(number)
        self.machine.wait_for_devices(0)

    def plug(self, number=0):
        plug = world.plugs[number]
        if plug is None:
            world.plugs[number] = Plug(self.machine.port(number), world.keys[number])
        else:
            plug.do(lambda it: setattr(it, "device", world.keys[number]))
            plug.plug_in()
        self.machine.wait_for_devices(sum(1 for it in world.plugs if it and it.plugged))

    def unplug(self, number=0):
        if world.plugs[number] and world.plugs[number].plugged:
            world.plugs[number].unplug()

    def run_in(self, command, seconds=60):
        return self.machine.run(command, seconds)

    def start_and_await_touch(self, command):
        """Runs it in the background ($! is its number) until the first key waits for a touch."""
        waits = self.card.waits
        self.run_in(f"{command} & true")
        wait_for(lambda: self.card.waits > waits)

    def assert_says(self, command, code, *parts):
        status, output = self.run_in(command)
        self.assertEqual(status, code, output)
        for part in parts:
            self.assertIn(part, output)
        return output


class Oath(WithKeys):
    def test_the_doctor_and_a_key_that_is_ready(self):
        self.plug()
        self.assert_says("touchsts doctor", 0, "a YubiKey (1050:0407), ready", "ok       key 12345678: OATH 5.4.3, without a password", "note     cache key: /guest/key by TOUCHSTS_KEY_FILE lies in memory")
        self.card.disabled.add(OATH)
        self.assert_says("touchsts doctor", 5, "trouble  key 12345678: ")
        self.unplug()
        self.machine.wait_for_devices(0)
        self.assert_says("touchsts doctor", 0, "note     usb: no YubiKey is plugged in")

    def test_nothing_plugged_in(self):
        self.assert_says("touchsts oath list", 5, "no YubiKey found")

    def test_list_and_info(self):
        self.card.oath.add("ACME:alice", SEED, touch=True)
        self.card.oath.add("60/bob", SEED, kind=0x22, digits=8)
        self.card.oath.add("counter", SEED, kind=0x11)
        self.card.oath.add("Evil\x1b]0;x\x07\u202e", SEED)
        self.plug()
        output = self.assert_says("touchsts oath list", 0, "12345678  TOTP  30 s  SHA1    touch  ACME:alice\n", "12345678  TOTP  60 s  SHA256  -      bob\n",
                                  "12345678  HOTP        SHA1    ?      counter\n", "Evil?]0;x??\n")
        self.assertNotIn("\x1b", output)
        listed = json.loads(self.run_in("touchsts oath list --format json")[1])
        self.assertEqual([(entry["issuer"], entry["name"], entry["type"], entry["period"]) for entry in listed[:3]],
                         [("ACME", "alice", "TOTP", 30), ("", "bob", "TOTP", 60), ("", "counter", "HOTP", None)])
        self.assert_says("touchsts oath info", 0, "YubiKey 12345678: OATH 5.4.3", "no password", "/dev/bus/usb/001/")

    def test_thirty_two_accounts_come_in_parts(self):
        for number in range(32):
            self.card.oath.add(f"Issuer{number:02}:somebody{number:02}@example.org", SEED)
        self.plug()
        output = self.assert_says("touchsts oath list", 0)
        self.assertEqual(output.count("example.org"), 32)
        self.assertIn("00a5000000", self.card.log)

    def test_a_hundred_accounts_of_a_key_that_wants_to_be_told_how_much_it_may_send(self):
        self.card.obeys_le, self.card.oath.room = True, 100
        for number in range(100):
            self.card.oath.add(f"Issuer{number:03}:{'somebody' * 6}", SEED)
        self.plug()
        self.assertEqual(self.assert_says("touchsts oath list", 0).count("somebody" * 6), 100)
        self.assert_says("touchsts oath code Issuer099", 0)

    def test_a_key_that_does_not_write_over_accounts(self):
        self.card.oath.overwrites = False
        self.card.oath.add("ACME:alice", b"x" * 20)
        self.plug()
        self.run_in(f"echo 'otpauth://totp/ACME:alice?secret={base64.b32encode(SEED).decode()}' > /tmp/uri")
        self.assert_says("touchsts oath add --uri-file /tmp/uri --force", 0, "added ACME:alice")
        self.assertEqual(self.card.oath.accounts[b"ACME:alice"].key, SEED)

    def test_a_code_takes_three_transfers(self):
        self.card.oath.add("ACME:alice", SEED)
        self.plug()
        self.key.transfers = 0
        self.assert_says("touchsts oath code ACME:alice", 0)
        self.assertEqual(self.key.transfers, 3)  # SELECT, LIST, CALCULATE
        self.assert_says("touchsts oath code acme", 0)
        self.assertEqual(self.key.transfers, 3 + 3)
        self.assert_says("touchsts oath code ACME:alice --yubikey 12345678", 0)
        self.assertEqual(self.key.transfers, 6 + 5)  # SELECT and READ CONFIG of the management applet before

    def test_several_or_no_accounts(self):
        self.card.oath.add("ACME:alice", SEED)
        self.card.oath.add("ACME:bob", SEED)
        self.plug()
        self.assert_says("touchsts oath code acme", 5, "2 accounts on the key fit 'acme'", "'ACME:alice', 'ACME:bob'")
        self.assert_says("touchsts oath code carol", 5, "the key has no account 'carol'")
        self.card.oath.add("counter", SEED, kind=0x11)
        self.assert_says("touchsts oath code counter --no-prompt", 6, "give --force")
        self.assertEqual(self.card.oath.accounts[b"counter"].counter, 0)
        self.machine.start("touchsts oath code counter")
        self.machine.expect(b"a code of counter moves its counter on; type 'yes' to get it: ")
        self.machine.type("yes\n")
        status, output = self.machine.finish()
        self.assertEqual((status, output), (0, "\n755224\n"))  # RFC 4226, appendix D
        self.assert_says("touchsts oath code counter --force", 0, "287082\n")
        self.assertEqual(self.card.oath.accounts[b"counter"].counter, 2)

    def test_accounts_that_differ_by_their_period_only(self):
        self.card.oath.add("15/ACME:bob", SEED)
        self.card.oath.add("60/ACME:bob", SEED)
        self.plug()
        self.assert_says("touchsts oath list", 0, "  15/ACME:bob\n", "  60/ACME:bob\n")
        self.assert_says("touchsts oath code bob", 5, "name one of '15/ACME:bob', '60/ACME:bob'")
        self.assert_says("touchsts oath delete 60/ACME:bob --force", 0, "deleted 60/ACME:bob")
        self.assert_says("touchsts oath list", 0, "  ACME:bob\n")

    def test_an_account_by_its_name_and_secret_key(self):
        self.plug()
        self.machine.start("touchsts oath add ada --issuer AWS")
        self.machine.expect(rb"secret key of ada \(base 32\): ")
        self.machine.type("gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n")
        self.assertEqual(self.machine.finish(), (0, "\nadded AWS:ada\n"))
        account = self.card.oath.accounts[b"AWS:ada"]
        self.assertEqual((account.key, account.touch, account.kind, account.digits), (SEED, True, 0x21, 6))
        self.assert_says("echo MZXW6YTBOI > /tmp/key; touchsts oath add counter --oath-type HOTP --counter 7 --secret-fd 3 3</tmp/key", 0, "added counter")
        self.assertEqual(self.card.oath.accounts[b"counter"].counter, 7)

    def test_accounts_are_added_renamed_and_deleted(self):
        self.plug()
        uri = "otpauth://totp/ACME:alice?secret=" + base64.b32encode(SEED).decode() + "&issuer=ACME"
        self.machine.start("touchsts oath add")
        self.machine.expect(b"otpauth URI of the account: ")
        self.machine.type(uri + "\n")
        status, output = self.machine.finish()
        self.assertEqual((status, output), (0, "\nadded ACME:alice\n"))
        account = self.card.oath.accounts[b"ACME:alice"]
        self.assertEqual((account.key, account.touch, account.kind, account.digits), (SEED, True, 0x21, 6))
        self.run_in(f"echo '{uri}' > /tmp/uri")
        self.assert_says("touchsts oath add --uri-file /tmp/uri", 2, "has an account 'ACME:alice' already", "--force")
        self.assert_says("touchsts oath add --uri-file /tmp/uri --force --no-touch", 0)
        self.assertFalse(self.card.oath.accounts[b"ACME:alice"].touch)
        self.assert_says("touchsts oath rename alice ACME:ada", 0, "renamed ACME:alice to ACME:ada")
        self.assertEqual(list(self.card.oath.accounts), [b"ACME:ada"])
        self.machine.start("touchsts oath delete ada")
        self.machine.expect(b"to delete ACME:ada for good: ")
        self.machine.type("no\n")
        self.assertEqual(self.machine.finish()[0], 6)
        self.assert_says("touchsts oath delete ada --force", 0, "deleted ACME:ada")
        self.assertEqual(self.card.oath.accounts, {})
        self.card.oath.room = 0
        self.assert_says("touchsts oath add --uri-file /tmp/uri", 5, "no room for another account")
        self.run_in("echo 'otpauth://totp/x?secret=1' > /tmp/uri")
        output = self.assert_says("touchsts oath add --uri-file /tmp/uri", 2, "no otpauth URI of an account: its secret is not base 32")

    def test_a_password(self):
        self.card.oath.add("ACME:alice", SEED)
        self.plug()
        self.machine.start("touchsts oath password")
        self.machine.expect(b"new password of the OATH applet: ")
        self.machine.type("secret\n")
        self.machine.expect(b"the same again: ")
        self.machine.type("secret\n")
        self.assertEqual(self.machine.finish()[0], 0)
        self.assertIsNotNone(self.card.oath.access_key)
        self.assert_says("touchsts oath info", 0, "with a password")
        self.assert_says("touchsts oath list --no-prompt", 6, "has a password, and nobody may be asked")
        self.machine.start("touchsts oath list")
        self.machine.expect(b"password of the YubiKey's OATH applet: ")
        self.machine.type("wrong\n")
        self.machine.expect(b"that is not the password")
        self.machine.expect(b"password of the YubiKey's OATH applet: ")
        self.machine.type("secret\n")
        status, output = self.machine.finish()
        self.assertEqual(status, 0, output)
        self.assertIn("ACME:alice", output)
        # From now on the kernel's keyring knows it.
        self.assert_says("touchsts oath list --no-prompt", 0, "ACME:alice")
        self.assert_says("touchsts oath password --clear", 0)
        self.assertIsNone(self.card.oath.access_key)

    def test_three_wrong_passwords(self):
        self.card.oath.access_key = b"k" * 16
        self.plug()
        self.machine.start("touchsts oath list")
        for _ in range(3):
            self.machine.expect(b"password of the YubiKey's OATH applet: ")
            self.machine.type("wrong\n")
        status, output = self.machine.finish()
        self.assertEqual(status, 5)
        self.assertIn("the password of the key's OATH applet is wrong", output)

    def test_reset_asks_twice(self):
        self.card.oath.add("ACME:alice", SEED)
        self.plug()
        device = json.loads(self.run_in("touchsts oath info --format json")[1])[0]["device_id"]
        for answers, code in ((("reset", "x"), 6), (("reset", device), 0)):
            self.machine.start("touchsts oath reset")
            self.machine.expect(b"Type 'reset': ")
            self.machine.type(answers[0] + "\n")
            self.machine.expect(b"to go on: ")
            self.machine.type(answers[1] + "\n")
            self.assertEqual(self.machine.finish()[0], code)
            self.assertEqual(len(self.card.oath.accounts), int(code != 0))


class Flooding(Yubikey):
    """Never pauses: between its answers it sends messages that answer nothing, and time extensions."""
    flood = "another command's"

    def tick(self):
        super().tick()
        if self.powered and len(self.ready) < 4:
            if self.flood == "time extensions" and self.waiting:
                self.reply(0x80, *self.waiting, 0x80, 1)
            else:
                self.reply(0x80, 0, 0xEE)
        return time.monotonic()


class Trouble(WithKeys):
    def test_a_touch_that_does_not_come_in_time(self):
        self.card.oath.add("touchy", SEED, touch=True)
        self.card.touch_after = None
        self.plug()
        self.assert_says("touchsts oath code touchy --timeout 2", 6, "touch your YubiKey", "nobody touched the YubiKey in time")
        self.assertEqual(self.key.aborts, 1)
        self.card.touch_after = 0.8
        self.assert_says("touchsts oath code touchy", 0)
        self.card.touch_after = None
        self.assert_says("touchsts oath code touchy --no-prompt", 6, "--no-prompt forbids to ask")

    def test_unplugged_while_a_touch_is_awaited(self):
        self.card.oath.add("touchy", SEED, touch=True)
        self.card.touch_after = None
        self.plug()
        self.machine.start("touchsts oath code touchy")
        self.machine.expect(b"touch your YubiKey")
        start = time.monotonic()
        self.unplug()
        status, output = self.machine.finish()
        self.assert_took(time.monotonic() - start, 1)
        self.assertEqual(status, 5)
        self.assertIn("the key was removed", output)

    def test_killed_while_a_touch_is_awaited(self):
        self.card.oath.add("touchy", SEED, touch=True)
        self.card.oath.add("plain", SEED)
        self.plug()
        for signal, aborts in (("TERM", 1), ("HUP", 1), ("KILL", 0)):
            with self.subTest(signal):
                self.card.touch_after = None
                self.key.aborts = 0
                self.start_and_await_touch("touchsts oath code touchy >/tmp/out 2>&1")
                self.run_in(f"kill -{signal} $!; wait $! 2>/dev/null")
                self.assertEqual(self.key.aborts, aborts)
                status, output = self.run_in("touchsts oath code plain")
                self.assertEqual(status, 0, output)
                self.assertRegex(output, r"^\d{6}\n$")

    def test_a_mute_device(self):
        self.key.mute = True
        self.plug()
        self.assert_says("touchsts oath list --timeout 2", 5, "the key does not answer")

    def test_a_device_that_never_pauses(self):
        self.card.oath.add("touchy", SEED, touch=True)
        self.card.touch_after = None
        for flood in ("another command's", "time extensions"):
            with self.subTest(flood):
                world.keys[0] = self.key = Flooding(self.card)
                self.key.flood = flood
                self.plug()
                start = time.monotonic()
                status, output = self.run_in("touchsts oath code touchy --timeout 4")
                self.assertIn(status, (5, 6, 8), output)
                self.assert_took(time.monotonic() - start, 5, awaited=4)
                self.unplug()
                self.machine.wait_for_devices(0)

    def test_stalls_are_mended(self):
        self.card.oath.add("ACME:alice", SEED)
        self.plug()
        for name in ("stall_out", "stall_in"):
            with self.subTest(name):
                world.plugs[0].do(lambda plug: setattr(plug, name, 1))
                self.assert_says("touchsts oath list", 0, "ACME:alice")

    def test_two_keys(self):
        self.card.oath.add("ACME:alice", SEED)
        world.cards[1].oath.add("ACME:bob", SEED)
        self.plug(0)
        self.plug(1)
        self.assert_says("touchsts oath list", 0, "ACME:alice", "ACME:bob")
        self.assert_says("touchsts oath code alice", 5, "2 YubiKeys are plugged in", "--yubikey")
        self.assert_says("touchsts oath code bob --yubikey 12345679", 0)
        self.assert_says("touchsts oath code bob --yubikey 1", 5, "no YubiKey with the serial number 1", "12345678, 12345679")

    def test_a_foreign_reader_is_left_alone(self):
        world.keys[0] = self.key = Yubikey(self.card, vendor=0x08E6, product=0x4433)
        self.plug()
        self.assert_says("touchsts oath list", 5, "no YubiKey found")
        self.assertEqual(self.key.transfers, 0)

    def test_held_by_another_program(self):
        self.card.oath.add("touchy", SEED, touch=True)
        self.card.oath.add("plain", SEED)
        self.plug()
        # Another touchsts is waited for.
        self.card.touch_after = 4.5
        self.start_and_await_touch("touchsts oath code touchy >/tmp/first 2>&1")
        start = time.monotonic()
        self.assert_says("touchsts oath code plain", 0)
        self.assertGreater(time.monotonic() - start, 3)
        self.assertRegex(self.run_in("wait; cat /tmp/first")[1], r"\d{6}\n")
        # Another program keeps it for ever.
        self.card.touch_after = None
        self.run_in("cp /bin/touchsts /tmp/holder")
        self.start_and_await_touch("/tmp/holder oath code touchy >/dev/null 2>&1")
        start = time.monotonic()
        self.assert_says("touchsts oath code plain", 5, "the YubiKey is held by holder (process ")
        self.assert_took(time.monotonic() - start, 5, awaited=4)
        self.assert_says("touchsts doctor", 5, "note     usb /dev/bus/usb/", "the YubiKey is held by holder (process ")
        self.run_in("kill $!; wait")

    def test_a_user_who_may_not_open_it(self):
        self.plug()
        self.assert_says("su ada -c 'touchsts oath list'", 5, "may not be opened by this user", "70-touchsts.rules", 'ATTR{idVendor}=="1050", TAG+="uaccess"')
        self.assert_says("su ada -c 'touchsts doctor'", 9, "this user may not open the YubiKey's node", 'TAG+="uaccess"')
        self.card.oath.add("ACME:alice", SEED)
        self.run_in("chmod 666 /dev/bus/usb/*/*")
        self.assert_says("su ada -c 'touchsts oath list'", 0, "ACME:alice")

    def test_an_applet_that_is_switched_off(self):
        self.card.disabled.add(OATH)
        self.plug()
        self.assert_says("touchsts oath list", 5, "OATH applet is switched off or not there")

    def test_answers_that_are_none(self):
        def changed(at, value):
            return lambda message: message[:at] + bytes([value]) + message[at + 1:] if message[0] == 0x80 and len(message) > 40 else message

        self.card.oath.add("ACME:somebody with a long name", SEED)
        self.plug()
        for at, value, part in ((0, 0x83, "no answer"), (1, 200, "no answer"), (4, 0x80, "no answer"), (5, 1, "no answer"), (9, 0x44, "chained"), (10, 0x00, "entry of type"), (11, 0xFF, "TLV length")):
            with self.subTest(at=at):
                self.key.spoil = changed(at, value)
                status, output = self.run_in("touchsts oath list --timeout 5")
                self.assertIn(status, (5, 8), output)
                self.assertIn(part, output)
                self.key.spoil = None
                self.assert_says("touchsts oath list", 0, "long name")


class Clock(WithKeys):
    """Runs first: a clock cannot be set to less than the machine's uptime."""

    def test_codes_are_those_of_rfc_6238(self):
        self.card.oath.add("sha1", SEED, digits=8)
        self.card.oath.add("sha256", b"12345678901234567890123456789012", kind=0x22, digits=8)
        self.card.oath.add("sha512", b"1234567890" * 6 + b"1234", kind=0x23, digits=8)
        self.plug()
        vectors = ((59, "94287082", "46119246", "90693936"), (1111111109, "07081804", "68084774", "25091201"), (1111111111, "14050471", "67062674", "99943326"),
                   (1234567890, "89005924", "91819424", "93441116"), (2000000000, "69279037", "90698825", "38618901"))
        try:
            for when, *codes in vectors:
                for name, code in zip(("sha1", "sha256", "sha512"), codes):
                    with self.subTest(when=when, name=name):
                        self.assert_says(f"date -s @{when} >/dev/null; touchsts oath code {name}", 0, code + "\n")
        finally:
            self.run_in(f"date -s @{int(time.time())}")


class Credentials(WithKeys):
    """credential-process with the code from the key."""

    def add_mfa(self, number=0, name=None, touch=True):
        seed = world.place.user.mfa[world.place.serial]
        world.cards[number].oath.add(name or world.place.serial, base64.b32decode(seed), touch=touch)

    def credentials(self, options="", prompt=True):
        self.machine.start(f"touchsts credential-process --profile ops {options}")
        if prompt:
            self.machine.expect(b"touch your YubiKey to get credentials for role ops in account 123456789012, or type the MFA code: ")
        status, output = self.machine.finish()
        self.assertEqual(status, 0, output)
        return json.loads(re.search(r"\{.*\}", output, re.S)[0])

    def test_one_touch(self):
        self.add_mfa()
        self.card.touch_after = 1.2
        self.plug()
        answer = self.credentials()
        self.assertEqual(answer["Version"], 1)
        self.assertEqual((self.card.touches, world.place.service.count("GetSessionToken"), world.place.service.count("AssumeRole")), (1, 1, 1))
        self.key.transfers = 0
        self.assertEqual(self.credentials(prompt=False), answer)
        self.assertEqual((self.card.touches, self.key.transfers), (1, 0))  # a hit does not open the key

    def test_no_touch_no_prompt(self):
        self.add_mfa(touch=False)
        self.plug()
        self.credentials("--no-prompt", prompt=False)

    def test_every_habit_of_naming(self):
        for name in ("Amazon Web Services:ada@123456789012", "Amazon Web Services:ada@acme-prod", "ada@123456789012", "aws/iam/123456789012:ada", f"AWS:{world.place.serial}"):
            with self.subTest(name):
                self.card.oath.accounts.clear()
                self.forget_codes()
                self.add_mfa(name=name, touch=False)
                self.unplug()
                self.machine.wait_for_devices(0)
                self.plug()
                self.credentials("--no-prompt --renew-session", prompt=False)
        self.forget_codes()
        self.card.oath.accounts.clear()
        self.add_mfa(name="something else", touch=False)
        self.credentials("--no-prompt --renew-session --oath-account something", prompt=False)

    def test_a_touch_after_the_key_has_given_up_counts(self):
        self.add_mfa()
        self.card.touch_after, self.card.patience = None, 2
        self.plug()
        self.machine.start("touchsts credential-process --profile ops")
        self.machine.expect(b"or type the MFA code: ")
        # The key answers 6982 when its patience is at its end; it is asked again until our own deadline.
        self.machine.expect(b"or type the MFA code: ")
        self.card.touch_after = 0.7
        self.machine.expect(b"or type the MFA code: ")
        status, output = self.machine.finish()
        self.assertEqual(status, 0, output)
        self.assertIn('"SecretAccessKey"', output)

    def test_a_touch_counts_after_the_caller_has_given_up(self):
        self.add_mfa()
        self.card.touch_after = 2.5
        self.plug()
        for signal in ("KILL", "TERM"):
            with self.subTest(signal):
                self.run_in("rm -rf /guest/.cache")
                self.start_and_await_touch("setsid touchsts credential-process --profile ops >/tmp/out 2>&1")
                self.run_in(f"kill -{signal} $!; wait $! 2>/dev/null")
                self.assertEqual(self.run_in("cat /tmp/out")[1], "")
                touches = self.card.touches
                self.run_in("n=0; while ps | grep -v grep | grep -q credential-process && [ $n -lt 60 ]; do sleep 0.1; n=$((n+1)); done; rm -f /tmp/out")
                self.key.transfers = 0
                self.credentials("--no-prompt", prompt=False)
                self.assertEqual((self.card.touches, self.key.transfers), (touches, 0))
                self.forget_codes()

    def test_a_typed_code_wins(self):
        self.add_mfa()
        self.card.touch_after = None
        self.plug()
        self.machine.start("touchsts credential-process --profile ops")
        self.machine.expect(b"or type the MFA code: ")
        self.machine.type("12345\n")
        self.machine.expect(b"an MFA code is six digits")
        self.machine.expect(b"or type the MFA code: ")
        self.machine.type(world.place.service.code(world.place.user) + "\n")
        status, output = self.machine.finish()
        self.assertEqual(status, 0, output)
        self.assertIn('"SecretAccessKey"', output)
        self.assertEqual(self.key.aborts, 1)

    def test_a_key_without_the_account_changes_nothing(self):
        self.card.oath.add("ACME:alice", SEED)
        self.plug()
        self.machine.start("touchsts credential-process --profile ops")
        self.machine.expect(b"it has 'ACME:alice': name the right one with oath_account, or --oath-account")
        self.machine.expect(b"MFA code of arn:aws:iam::123456789012:mfa/ada for profile ops: ")
        self.machine.type(world.place.service.code(world.place.user) + "\n")
        self.assertEqual(self.machine.finish()[0], 0)
        self.unplug()
        self.machine.wait_for_devices(0)
        self.assert_says("touchsts credential-process --profile ops --renew-session --no-prompt", 6, "--no-prompt forbids to ask (no YubiKey found)")
        self.plug()
        self.assert_says("touchsts credential-process --profile ops --renew-session --no-prompt", 6, "--no-prompt forbids to ask (no account on the YubiKey belongs to", "it has 'ACME:alice'")
        self.assert_says("touchsts credential-process --profile ops --renew-session --oath-account ada", 5, "no account 'ada'", "it has 'ACME:alice'")
        self.assert_says("touchsts credential-process --profile ops --renew-session --yubikey 7", 5, "no YubiKey with the serial number 7")

    def test_the_one_of_two_keys_that_has_it(self):
        self.card.oath.add("ACME:alice", SEED)
        self.add_mfa(1, touch=False)
        self.plug(0)
        self.plug(1)
        self.credentials("--no-prompt", prompt=False)
        self.add_mfa(0, touch=False)
        self.forget_codes()
        self.assert_says("touchsts credential-process --profile ops --renew-session --no-prompt", 5, "2 YubiKeys have the account", "--yubikey")
        self.credentials("--no-prompt --renew-session --yubikey 12345679", prompt=False)

    def test_an_account_of_eight_digits_is_none_of_aws(self):
        seed = base64.b32decode(world.place.user.mfa[world.place.serial])
        self.card.oath.add(world.place.serial, seed, digits=8)
        self.plug()
        self.assert_says("touchsts credential-process --profile ops --no-prompt", 2, "the code of the key's account", "six digits")


class Enrolment(WithKeys):
    """mfa enroll with two keys, which pcscd's reader cannot have; the rest is in test_mfa."""

    SERIAL = "arn:aws:iam::123456789012:mfa/key"
    COMMAND = "AWS_ENDPOINT_URL_IAM=$AWS_ENDPOINT_URL_STS touchsts mfa enroll --profile ops --name key --yubikey 12345678 --backup-yubikey 12345679"

    def setUp(self):
        super().setUp()
        self.user, self.service = world.place.user, world.place.service
        self.devices = dict(self.user.mfa)
        self.card.touch_after = 0.8
        self.addCleanup(lambda: (self.user.mfa.clear(), self.user.mfa.update(self.devices)))
        self.plug(0)
        self.plug(1)

    def nothing_is_left(self):
        self.assertEqual((self.user.mfa, self.service.waiting), (self.devices, {}))
        self.assertEqual([card.oath.accounts for card in world.cards], [{}, {}])

    def test_a_backup_has_the_same_account(self):
        self.assert_says(self.COMMAND, 0, "touch your YubiKey to show that it works", f"mfa_serial = {self.SERIAL}")
        accounts = [card.oath.accounts[self.SERIAL.encode()] for card in world.cards]
        self.assertEqual([account.key for account in accounts], [base64.b32decode(self.user.mfa[self.SERIAL])] * 2)
        self.assertTrue(accounts[0].touch and accounts[1].touch)
        self.assertEqual([card.touches for card in world.cards], [1, 0])

    def test_no_room_on_the_backup(self):
        world.cards[1].oath.room = 0
        self.assert_says(self.COMMAND, 5, "no room for another account")
        self.nothing_is_left()

    def test_given_up_at_the_touch(self):
        self.card.touch_after = None
        self.assert_says(self.COMMAND + " --timeout 8", 6, "nobody touched the YubiKey in time")
        self.nothing_is_left()
        self.start_and_await_touch(f"({self.COMMAND}) >/tmp/out 2>&1")
        self.assertNotEqual(self.service.waiting, {})
        self.run_in("kill -TERM $(ps | grep -v grep | grep '[m]fa enroll --profile' | head -1 | (read -r pid rest; echo $pid)); wait")
        self.nothing_is_left()
        self.assertEqual(self.key.aborts, 2)
