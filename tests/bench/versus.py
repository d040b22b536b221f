#!/usr/bin/python3
"""versus.py OLDER NEWER [RUNS]: a cached answer of two versions of the program, in turns: medians, page faults and system calls.

Exit status 1 when the newer one takes more than 1.05 times as long, or more page faults or system calls. Needs build/bench/spawn (ci/bench makes it)."""
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True
OLDER, NEWER, RUNS = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2000

import figures  # noqa: E402
from support import clean_up, place  # noqa: E402


def faults(command, environment):
    """Minor page faults of one run: the least of twenty, since what else runs adds some."""
    least = None
    for _ in range(20):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
        child = os.posix_spawn(command[0], command, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
        os.waitpid(child, 0)
        count = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before
        least = count if least is None else min(least, count)
    return least


def calls(where, command):
    trace = where.folder / "trace"
    subprocess.run(["strace", "-f", "-o", str(trace), *command], env=where.environment, check=True, capture_output=True)
    return len([line for line in trace.read_text().splitlines() if re.match(r"\d+ +\w+\(", line)])


def home_of(where, binary):
    done = subprocess.run([binary, "credential-process", "--profile", "ops", "--token-code", where.service.fresh_code(where.user)], env=where.environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [f"{name}={value}" for name, value in where.environment.items()]


def beside(binary):
    """A copy: how a file was written decides how much of it a page fault maps."""
    return shutil.copy(binary, tempfile.mkdtemp(dir=folder.name) + "/touchsts")


folder = tempfile.TemporaryDirectory(dir="/var/tmp")
try:
    OLDER, NEWER = beside(OLDER), beside(NEWER)
    with place() as old, place() as new:
        commands = []
        for where, binary in ((old, OLDER), (new, NEWER)):
            commands.append([*home_of(where, binary), binary, "credential-process", "--profile", "ops"])
        (before, _), (now, _) = figures.spawn(str(ROOT / "build/bench/spawn"), old, RUNS, *commands)
        plain = [command[-4:] for command in commands]
        figures.row(f"cached answer, {RUNS} runs in turns, against the older one", f"{now / before:.3f}", "x", "<= 1.05", now <= 1.05 * before)
        before, now = faults(plain[0], old.environment), faults(plain[1], new.environment)
        figures.row(f"  page faults, against {before}", now, "", f"<= {before}", now <= before)
        before, now = calls(old, plain[0]), calls(new, plain[1])
        figures.row(f"  system calls, against {before}", now, "", f"<= {before}", now <= before)
finally:
    folder.cleanup()
    clean_up()
sys.exit(figures.bad > 0)
