"""Figures of many processes at once, and of a large cache."""
import base64
import os
import pathlib
import re
import subprocess
import time

import reader
from crowd import Crowd
from figures import row, spawn
from support import BINARY, place, wait_for
from virtual_yubikey.card import Card
from virtual_yubikey.vpcd import Inserted

MANY = 200
TOUCH_AFTER = 3.0  # seconds; by then all of them wait


def peak(pid):
    """KiB; 0 of one that has just ended."""
    found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def measure(what, where, card, profiles):
    where.forget()
    touches, calls = card.touches, where.service.count()
    crowd = Crowd(where)
    for number in range(MANY):
        crowd.start("credential-process", "--profile", profiles[number % len(profiles)])
    wait_for(lambda: len(crowd.lock_owners()) >= len(profiles))
    time.sleep(0.3)
    leaders = set(crowd.lock_owners())
    memory = max(peak(pid) for pid in list(crowd.running) if pid not in leaders)
    assert memory > 0
    ended = crowd.wait()
    assert {code for code, _, _, _ in ended} == {0}, [err for _, _, err, _ in ended if err][:3]
    leader = max(crowd.ends[pid] for pid in leaders)
    later = sorted(max(0.0, end - leader) for pid, end in crowd.ends.items() if pid not in leaders)
    p99 = later[int(len(later) * 0.99)] * 1000
    row(f"{what}: 99 % of them behind their leader", f"{p99:.0f}", "ms", "<= 300", p99 <= 300)
    row("  touches", card.touches - touches, "", "1", card.touches - touches == 1)
    made = where.service.count() - calls
    row("  calls of STS", made, "", str(1 + len(profiles)), made == 1 + len(profiles))
    row("  peak resident memory of one that waits", memory, "KiB", "<= 4096", memory <= 4096)


def at_once():
    daemon = reader.start()
    try:
        with place(own='[defaults]\npcsc_reader = "Virtual PCD"\n') as where:
            card = Card()
            card.touch_after = TOUCH_AFTER
            card.oath.add(where.serial, base64.b32decode(where.user.mfa[where.serial]), touch=True)
            inserted = Inserted(daemon, card)
            wait_for(lambda: subprocess.run([BINARY, "oath", "info", "--pcsc-reader", "Virtual PCD"], capture_output=True).returncode == 0)
            try:
                measure(f"{MANY} processes at once", where, card, ["ops"])
                measure(f"{MANY} processes at once for five roles", where, card, where.add_roles(5))
            finally:
                inserted.close()
    finally:
        daemon.close()


def large_cache(spawn_program):
    """A hit among ten thousand entries against a hit in a cache that has no others, taking turns."""
    with place() as where:
        where.login()
        large = where.folder / "large"
        (large / "touchsts").mkdir(parents=True, mode=0o700)
        for entry in where.entries():
            (large / "touchsts" / entry.name).write_bytes(entry.read_bytes())
        for _ in range(10_000):
            (large / "touchsts" / os.urandom(16).hex()).write_bytes(entry.read_bytes())
        for file in (large / "touchsts").iterdir():
            file.chmod(0o600)
        hit = [BINARY, "credential-process", "--profile", "ops"]
        (alone, _), (among, _) = spawn(spawn_program, where, 2000, hit, [f"XDG_CACHE_HOME={large}", *hit])
        row("a hit among 10,000 entries against one alone", f"{among / alone:.2f}", "x", "<= 1.15", among / alone <= 1.15)


def all_figures(spawn_program):
    large_cache(spawn_program)
    at_once()
