#!/usr/bin/python3
"""leader.py ROUNDS SEED MILLISECONDS COMMAND ...: leads a session on the terminal that is stdin. In each round COMMAND runs
in the foreground and gets a signal, each of five as often, at a random moment of its first MILLISECONDS; the terminal must
then be as before. Prints what it saw as JSON."""
import contextlib
import json
import os
import random
import signal
import sys
import termios
import time


def wait(pid, options, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, status = os.waitpid(pid, options | os.WNOHANG)
        if found:
            return status
        time.sleep(0.002)
    return None


def main():
    rounds, seed, longest, command = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000, sys.argv[4:]
    chance = random.Random(seed)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)  # whoever runs this may ignore them, and so would COMMAND
    before = termios.tcgetattr(0)
    bad, sent, stops = [], {}, 0

    def check(what):
        if termios.tcgetattr(0) != before:
            bad.append(what)
            termios.tcsetattr(0, termios.TCSANOW, before)

    signals = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP")
    order = [signals[number % len(signals)] for number in range(rounds)]
    chance.shuffle(order)
    for number, chosen in enumerate(order):
        moment = chance.uniform(0, longest)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)  # both do this: who comes first is not known
            os.tcsetpgrp(0, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            os.execv(command[0], command)
        with contextlib.suppress(PermissionError):  # COMMAND runs already, so it did it
            os.setpgid(pid, pid)
        os.tcsetpgrp(0, pid)
        time.sleep(moment)
        os.kill(pid, getattr(signal, chosen))
        what = f"round {number}: {chosen} after {moment * 1000:.1f} ms"
        status = wait(pid, os.WUNTRACED, 5)
        if status is not None and os.WIFSTOPPED(status):
            stops += 1
            os.tcsetpgrp(0, os.getpgrp())
            check(what + ", stopped")
            os.tcsetpgrp(0, pid)
            os.kill(pid, signal.SIGCONT)
            time.sleep(chance.uniform(0, 0.03))
            os.kill(pid, signal.SIGTERM)
            status = wait(pid, 0, 5)
        if status is None:
            bad.append(what + ": still runs")
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.tcsetpgrp(0, os.getpgrp())
        check(what)
        termios.tcflush(0, termios.TCIFLUSH)
        sent[chosen] = sent.get(chosen, 0) + 1
    print(json.dumps({"bad": bad, "sent": sent, "stops": stops}), file=sys.stderr)


main()
