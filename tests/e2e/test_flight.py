"""Many processes at once: one touch, one call, one failure. The key is the card model in Debian's pcscd."""
import collections
import json
import os
import random
import signal
import time

import reader
from crowd import Crowd
from support import MANY, SANITIZED
from with_card import WithCard
from strict_sts import totp


def setUpModule():
    WithCard.daemon = reader.start()


def tearDownModule():
    if WithCard.daemon:
        WithCard.daemon.close()


class Flight(WithCard):
    def crowd(self, *arguments, count=MANY, seconds=60):
        crowd = Crowd(self.where)
        crowd.start("credential-process", *arguments, count=count)
        return crowd.wait(seconds)

    def calls(self):
        return dict(collections.Counter((call.action, call.code) for call in self.where.service.calls))

    def test_two_hundred_at_once_cost_one_touch_and_one_call(self):
        ended = self.crowd("--profile", "ops")
        self.assertEqual({(code, err) for code, _, err, _ in ended}, {(0, "")})
        self.assertEqual(len({out for _, out, _, _ in ended}), 1)
        json.loads(ended[0][1])
        self.assertEqual(self.card.touches, 1)
        self.assertEqual(self.calls(), {("GetSessionToken", "OK"): 1, ("AssumeRole", "OK"): 1})

    def test_several_roles_share_one_session(self):
        names = self.where.add_roles(5)
        crowd = Crowd(self.where)
        for number in range(MANY):
            crowd.start("credential-process", "--profile", names[number % 5])
        ended = crowd.wait()
        self.assertEqual({(code, err) for code, _, err, _ in ended}, {(0, "")})
        self.assertEqual(len({out for _, out, _, _ in ended}), 5)
        self.assertEqual(self.card.touches, 1)
        self.assertEqual(self.calls(), {("GetSessionToken", "OK"): 1, ("AssumeRole", "OK"): 5})

    def test_a_touch_that_does_not_come_is_awaited_once_and_fails_all(self):
        self.card.patience, self.card.touch_after = 5, None
        seen = self.where.folder / "notices"
        program = self.where.folder / "notify"
        program.write_text(f"#!/bin/sh\necho \"$TOUCHSTS_NOTICE\" >>{seen}\n")
        program.chmod(0o755)
        self.own_config(f'touch_command = "{program}"\n')
        ended = next(filter(None, (self.all_in_time(seen, seconds) for seconds in (12, 40, 120))))
        self.assertEqual(collections.Counter(code for code, _, _, _ in ended), {6: MANY})
        self.assertEqual({err for _, _, err, _ in ended}, {"touchsts: nobody touched the YubiKey in time; touch it when it blinks\n"})
        self.assertEqual(len(seen.read_text().splitlines()), 1)
        self.assert_took(ended[-1][3] - ended[0][3], 2)
        self.assertEqual(self.calls(), {})

    def all_in_time(self, seen, seconds):
        """How a crowd ended that waits so long for the touch; None when not all had begun before that was over."""
        seen.unlink(missing_ok=True)
        crowd = Crowd(self.where)
        crowd.start("credential-process", "--profile", "ops", "--timeout", str(seconds), count=MANY)
        until, begun = time.monotonic() + seconds - 5, False
        while not begun and time.monotonic() < until:
            begun = len(crowd.at_locks()) == MANY
            time.sleep(0.2)
        ended = crowd.wait(2 * seconds + 60)
        return ended if begun else None

    def test_what_the_service_refuses_is_asked_once(self):
        self.where.service.roles[self.where.role].external_id = "somebody else"
        ended = self.crowd("--profile", "ops", count=20)
        self.assertEqual(collections.Counter(code for code, _, _, _ in ended), {4: 20})
        self.assertEqual(len({err for _, _, err, _ in ended}), 1)
        self.assertEqual(self.card.touches, 1)

    def test_a_leader_that_is_killed_is_replaced(self):
        self.card.touch_after = 0.2
        dice = random.Random(7)
        for _ in range(12 if SANITIZED else 50):
            self.where.forget()
            touches, calls = self.card.touches, self.where.service.count()
            crowd = Crowd(self.where)
            crowd.start("credential-process", "--profile", "ops", count=12)
            time.sleep(dice.uniform(0, 0.4))
            owners = crowd.lock_owners()
            for owner in owners:
                os.killpg(owner, signal.SIGKILL)
            ended = crowd.wait(45)
            killed = sum(code == -9 for code, _, _, _ in ended)
            self.assertLessEqual(killed, len(owners))
            self.assertEqual({(code, err) for code, _, err, _ in ended if code != -9}, {(0, "")})
            self.assertEqual(len({out for code, out, _, _ in ended if code == 0}), 1)
            self.assertLessEqual(self.card.touches - touches, 2)
            self.assertLessEqual(self.where.service.count() - calls, 4)


class Codes(WithCard):
    """STS takes a code once, so it is never sent a second time."""
    unit_per_test = True

    def setUp(self):
        super().setUp()
        self.card.touch_after = 0.1

    def test_another_code_of_the_same_device_waits_for_its_time(self):
        # Roles of more than an hour want a code each, not a session.
        with open(self.where.home / ".aws/config", "a") as config:
            for name in ("one", "two"):
                config.write(f"[profile {name}]\nrole_arn = {self.where.service.add_role(name, needs_mfa=True, max_duration=7200)}\nsource_profile = base\n"
                             f"mfa_serial = {self.where.serial}\nregion = us-east-1\nduration_seconds = 7200\n")
        crowd = Crowd(self.where)
        crowd.start("credential-process", "--profile", "one")
        crowd.start("credential-process", "--profile", "two")
        ended = crowd.wait()
        self.assertEqual({(code, err) for code, _, err, _ in ended}, {(0, "")})
        calls = self.where.service.calls
        self.assertEqual([call.code for call in calls], ["OK", "OK"])
        first, second = (self.step_of(call) for call in calls)
        self.assertLess(first, second)
        self.assertLessEqual(second, first + 2)  # the next one, or one more on a busy machine
        self.assertLessEqual(second, calls[1].at // totp.PERIOD)  # it was not sent ahead of its time
        self.assertEqual(self.card.touches, 2)

    def step_of(self, call):
        """The number of the 30-second period that the code of a call belongs to."""
        seed, now = self.where.user.mfa[self.where.serial], int(call.at) // totp.PERIOD
        return next(step for step in range(now - 3, now + 4) if totp.code(seed, step) == call.parameters["TokenCode"])

    def test_a_code_that_another_machine_used_is_followed_by_the_next_one(self):
        step = int(time.time()) // 30
        self.where.service.used_steps[self.where.serial] = step
        self.assertEqual(self.finish(self.start()), "")
        self.assertEqual([call.code for call in self.where.service.calls if call.action == "GetSessionToken"], ["AccessDenied", "OK"])
        self.assertEqual(self.card.touches, 2)

    def test_a_given_code_is_not_sent_again(self):
        code = self.where.service.fresh_code(self.where.user)
        first = self.where.run("credential-process", "--profile", "ops", "--token-code", code)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.where.run("cache", "clear")
        calls = self.where.service.count()
        self.assert_fails(self.where.run("credential-process", "--profile", "ops", "--token-code", code), 4, "this MFA code was used already", "wait for the next one")
        self.assertEqual(self.where.service.count(), calls)
