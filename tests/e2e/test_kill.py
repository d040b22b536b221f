"""Killed at any system call, a run leaves the cache and the list of spent codes as they were or as they were to be.

TOUCHSTS_KILLS_EVERY=N: at every Nth call, from one of the first N on, which is drawn and printed; all of them by default."""
import hashlib
import os
import random
import re
import subprocess
import sys
import unittest

import slots_file
from support import BINARY, ROOT, SANITIZED, Case, place


EVERY = int(os.environ.get("TOUCHSTS_KILLS_EVERY", "1"))


def drawn(calls):
    first = random.randrange(EVERY)
    print(f"killed at {len(calls[first::EVERY])} of {len(calls)} calls: number {first} and every {EVERY} further")
    return calls[first::EVERY]


def system_calls(where, *arguments):
    """[(name, how often it was called so far)] of one run, its children's left out."""
    trace = where.folder / "trace"
    done = subprocess.run(["strace", "-o", str(trace), BINARY, *arguments], env=where.environment, capture_output=True, text=True, timeout=60, start_new_session=True)
    assert done.returncode == 0, done.stderr
    counts, found = {}, []
    for name in re.findall(r"^(\w+)\(", trace.read_text(), re.MULTILINE):
        counts[name] = counts.get(name, 0) + 1
        found.append((name, counts[name]))
    return found


def killed_at(where, call, *arguments):
    name, number = call
    done = subprocess.run(["strace", "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={number}", BINARY, *arguments],
                          env=where.environment, capture_output=True, text=True, timeout=60, start_new_session=True)
    where.server.wait_until_idle()  # what the killed run has sent may come late
    return done.returncode


def notes(where):
    """What the lock files hold, each as (whole, content)."""
    found = []
    for lock in (where.home / ".cache/touchsts/locks").glob("*"):
        content = lock.read_bytes()
        size = int.from_bytes(content[:4], "little")
        inner = content[12:12 + size]
        found.append((len(inner) == size and hashlib.sha256(inner).digest()[:8] == content[4:12] if content else True, inner))
    return found


@unittest.skipIf(SANITIZED, "a dynamic binary's loader makes system calls of its own")
class Kill(Case):
    def test_while_an_entry_is_replaced(self):
        with place() as where:
            hit = ["credential-process", "--profile", "plain"]
            renew = [*hit, "--renew"]
            old = where.run(*hit).stdout
            calls = system_calls(where, *renew)
            new = where.run(*hit).stdout
            self.assertNotEqual(old, new)
            kills = answers = 0
            calls = drawn(calls)
            for call in calls:
                before = where.run(*hit).stdout
                kills += killed_at(where, call, *renew) == -9
                requests = where.service.count()
                after = where.run(*hit)
                self.assertEqual((after.returncode, after.stderr), (0, ""), call)
                self.assertEqual(where.service.count(), requests, call)  # old or new, it was readable
                answers += after.stdout != before
                self.assertEqual(len([entry for entry in where.entries() if not entry.name.startswith(".t.")]), 1)
            self.assertGreater(kills, len(calls) * 0.9)
            self.assertGreater(answers, 3 // EVERY)  # of the last ones, when the new entry was in place

    def test_while_a_code_is_written_down(self):
        with place() as where:
            program = where.folder / "code"
            program.write_text(f"#!{sys.executable}\nimport sys, time\nsys.path.insert(0, {str(ROOT / 'tests')!r})\nfrom strict_sts import totp\n"
                               f"print(totp.code({where.user.mfa[where.serial]!r}, int(time.time()) // 30))\n")
            program.chmod(0o755)
            own = where.home / ".config/touchsts/config.toml"
            own.write_text(own.read_text() + f'[defaults]\nmfa_process = "{program}"\n')
            renew = ["credential-process", "--profile", "ops", "--renew-session"]
            calls = system_calls(where, *renew)
            where.service.calls.clear()
            kills, sizes = 0, set()
            # Long before the code is written down there is nothing to see.
            for call in drawn(calls[len(calls) // 3:]):
                where.forget()
                kills += killed_at(where, call, *renew) == -9
                found = notes(where)
                self.assertTrue(all(whole for whole, _ in found), (call, found))
                sizes.add(max((len(inner) for _, inner in found), default=0))
                sent = [request for request in where.service.calls if request.action == "GetSessionToken"]
                if sent:  # what has left is written down
                    self.assertEqual(max(len(inner) for _, inner in found), 17, call)
                where.service.calls.clear()
            self.assertGreater(kills, 20 // EVERY)
            self.assertEqual(sizes, {0, 17})

    def test_while_the_key_is_replaced(self):
        with place() as where:
            del where.environment["TOUCHSTS_KEY_FILE"]
            where.environment |= {"TOUCHSTS_KEYRING": "off", "TOUCHSTS_PASSPHRASE": "one"}
            folder = where.home / ".local/share/touchsts"
            folder.mkdir(parents=True, mode=0o700)
            slots = folder / "slots"
            slots.write_bytes(slots_file.write(os.urandom(32), b"one"))
            slots.chmod(0o600)
            calls = system_calls(where, "cache", "rekey")
            kills = replaced = 0
            calls = drawn(calls)
            for call in calls:
                before = slots.read_bytes()
                old = slots_file.read(before, b"one")
                kills += killed_at(where, call, "cache", "rekey") == -9
                new = slots_file.read(slots.read_bytes(), b"one")  # whole, old or new
                self.assertEqual(new == old, slots.read_bytes() == before, call)
                replaced += new != old
                self.assertEqual([name for name in os.listdir(folder) if name not in ("lock", "slots") and not name.startswith(".t.")], [], call)
                self.assertEqual(where.run("cache", "rekey").returncode, 0, call)
            self.assertGreater(kills, len(calls) * 0.8)
            self.assertGreater(replaced, 3 // EVERY)


if __name__ == "__main__":
    unittest.main()
