"""Rows of the table that ci/bench prints, and whole processes timed in turns."""
import subprocess
import sys

bad = 0


def row(what, figure, unit, limit, good):
    global bad
    bad += not good
    print(f"{what:<58} {figure:>9} {unit:<8} {limit:<12} {'ok' if good else 'TOO MUCH'}", flush=True)


def parse(text, commands):
    """[(median microseconds, peak KiB)] of what spawn printed."""
    rows = [line.split() for line in text.splitlines()]
    if len(rows) != len(commands):
        sys.exit(f"bench: spawn printed {text!r}")
    for command, found in zip(commands, rows):
        if found[2] != "0":
            sys.exit(f"bench: {' '.join(command)} failed with status {found[2]}")
    return [(float(found[0]), int(found[1])) for found in rows]


def spawn(program, where, runs, *commands):
    """(median microseconds, peak KiB) of each command, taking turns."""
    listing = where.folder / "commands"
    listing.write_text("".join("\t".join(command) + "\n" for command in commands))
    done = subprocess.run([program, str(runs), str(listing)], env=where.environment, capture_output=True, text=True, check=True)
    return parse(done.stdout, commands)
