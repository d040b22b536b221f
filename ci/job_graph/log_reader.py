"""What the log of a job says: how many tests passed, failed and were skipped, and which were skipped or flaky."""
import re

COUNTS = (
    (re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?"), lambda found: (int(found[1]), int(found[2]), int(found[3] or 0))),
    (re.compile(r"\[doctest\] test cases: +\d+ \| +(\d+) passed \| +(\d+) failed \| +(\d+) skipped.*"), lambda found: (int(found[1]), int(found[2]), int(found[3]) if int(found[1]) else 0)),  # skipped: not chosen
    (re.compile(r"\d+% tests passed, (\d+) tests failed out of (\d+)"), lambda found: (int(found[2]) - int(found[1]), int(found[1]), 0)),  # ctest
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def counts(text, status):
    """(passed, failed, skipped) by the last line that counts. A job that prints none is one test; one that fails has failed
    at least once, whatever it prints, and so has one that counts no test."""
    found = None
    for line in text.splitlines():
        for pattern, numbers in COUNTS:
            if match := pattern.fullmatch(COLOUR.sub("", line).strip()):
                found = numbers(match)
    passed, failed, skipped = found or (int(status == 0), 0, 0)
    return passed, failed or int(status != 0 or passed + skipped == 0), skipped


def notes(text):
    """The lines that a reader of the whole run should see: each warning and flaky test, and how many were skipped for each reason."""
    reasons = {}
    for line in text.splitlines():
        if line.startswith("skipped: "):
            name, _, reason = line.removeprefix("skipped: ").partition(": ")
            reasons.setdefault(reason or name, []).append(name)
    skipped = [f"skipped: {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {reason}" for reason, names in reasons.items()]
    return [line for line in text.splitlines() if line.startswith(("flaky: ", "warning: "))] + skipped
