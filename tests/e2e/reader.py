"""A card of ours in a reader of Debian's pcscd."""
import os
import shutil
import socket
import subprocess
import unittest

from support import BINARY, PATH, wait_for
from virtual_yubikey.vpcd import Daemon, Inserted


def start(*programs):
    """The running pcscd, for setUpModule; the module is skipped where it or one of `programs` is missing."""
    missing = [program for program in ("pcscd", *programs) if not shutil.which(program, path=PATH)]
    if missing:
        raise unittest.SkipTest(f"{' and '.join(missing)} not installed")
    return run_daemon()


def start_newer():
    """The same with pcscd of Debian 13."""
    root = os.environ.get("TOUCHSTS_PCSCD_ROOT")
    if not root:
        raise unittest.SkipTest("TOUCHSTS_PCSCD_ROOT is not set (ci/pcscd-root)")
    if os.geteuid() != 0:
        raise unittest.SkipTest("a program of another release is run by chroot, which needs root")
    return run_daemon(root)


def run_daemon(root=None):
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex("/run/pcscd/pcscd.comm") == 0:
            raise unittest.SkipTest("a pcscd that is not ours runs on this machine")
    return Daemon(root)


def insert(case, daemon, card):
    """Puts the card in for one test, once pcscd has seen it."""
    tried = []

    def seen():
        tried.append(subprocess.run([BINARY, "oath", "info", "--pcsc-reader", "Virtual PCD"], capture_output=True, text=True))
        return tried[-1].returncode == 0

    # pcscd misses a card now and then that comes while it still clears up after one that was pulled in the middle of a command.
    for _ in range(4):
        inserted = Inserted(daemon, card)
        try:
            wait_for(seen, 5)
        except AssertionError:
            inserted.close()
        else:
            case.addCleanup(inserted.close)
            return
    raise AssertionError(f"pcscd does not show the card: {len(tried)} tries, the last: {tried[-1].stderr}")
