"""How slow the machine is at the moment, so that a limit of time judges the program and not the machine it runs on."""
import subprocess
import sys
import time

USUAL_START = 0.012  # seconds that a bare Python takes to start and end on an idle machine
_seen = (float("-inf"), 1.0)  # when it was measured, and what it was


def slowness():
    """How many times longer than usual the start of a process takes here and now, at least 1; measured anew after some seconds."""
    global _seen
    if time.monotonic() - _seen[0] > 5:
        begin, starts = time.monotonic(), 8
        for _ in range(starts):
            subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
        _seen = (time.monotonic(), max(1.0, (time.monotonic() - begin) / starts / USUAL_START))
    return _seen[1]


def exceeds(seconds, limit, awaited=0):
    """Whether `seconds` are more than `limit` allows. `awaited` of the limit is waiting, which takes no longer on a slow machine;
    the rest may take as many times longer as the machine is slow. The machine is looked at only when the limit is exceeded."""
    return seconds > limit and seconds > awaited + (limit - awaited) * slowness()
