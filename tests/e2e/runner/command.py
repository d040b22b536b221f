"""Runs the end-to-end tests, in units beside each other, and ends with "N passed, N failed, N skipped".

A unit that fails runs its failed tests once more, alone. A test that passes then is flaky: its name is printed, and it fails
when that happens twice in ten of its runs."""
import argparse
import os
import signal
import sys
import time

from . import isolation
from .history import History, build_cache
from .scheduler import Scheduler
from .units import discover

LINES_AT_END = 12  # of what is said about a test that failed
MAX_RETRIED_TESTS = 8  # more failures than these are no accident


def positive(text):
    if (number := int(text)) < 1:
        raise ValueError
    return number


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/e2e/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", type=positive, metavar="N", help="units beside each other (default: 5 on two cores)", default=(5 * len(os.sched_getaffinity(0)) + 1) // 2)
    parser.add_argument("--limit", type=float, metavar="SECONDS", default=180, help="kill a test that takes longer (default: 180)")
    parser.add_argument("--suite", default="end-to-end", help="whose durations and failures are remembered (default: end-to-end)")
    parser.add_argument("--list", action="store_true", help="list the tests, unit by unit, and run none")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="run the tests whose names have one of these in them")
    return parser.parse_args(arguments)


def show(outcome):
    tests = len(outcome.ended())
    print(f"{outcome.unit.name}: {len(outcome.passed)} of {tests} passed, {outcome.seconds:.1f} s, {outcome.processor:.1f} s of processor time", flush=True)
    if outcome.output.strip():
        print(outcome.output.rstrip(), flush=True)
    for test, text in outcome.failed.items():
        print(f"FAILED {test}\n{text.rstrip()}", flush=True)


def run_all(scheduler, units, parallel):
    outcomes = []
    for outcome in scheduler.run(units, parallel):
        show(outcome)
        outcomes.append(outcome)
    return outcomes


def try_again(scheduler, outcomes):
    """Runs the units that failed once more, alone. Gives the tests that passed now, which no longer count as failed in `outcomes`."""
    again = [outcome for outcome in outcomes if outcome.failed]
    if not 0 < sum(len(outcome.failed) for outcome in again) <= MAX_RETRIED_TESTS:
        return []
    flaky = []
    for first in again:
        print(f"once more, alone: {first.unit.name}", flush=True)
        seconds = run_all(scheduler, [first.unit], 1)
        failed = {test: text for second in seconds for test, text in second.failed.items()}
        passed = {test for second in seconds for test in second.passed}
        flaky += [test for test in first.failed if test in passed and test not in failed]
        first.passed = (first.passed | passed) - set(failed)
        first.failed = {test: text for test, text in first.failed.items() if test not in passed} | failed
    return flaky


def main(folder, visible, arguments):
    """The exit status. folder: where the test modules are. visible: folders that they use though they may be below /tmp."""
    options = parse(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # tests may say anything
    for number in (signal.SIGTERM, signal.SIGHUP):  # the units end with us
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    units = discover(folder, options.patterns)
    if options.list:
        for unit in units:
            print("\n".join(unit.tests))
        return 0
    history, begin = History(options.suite), time.monotonic()
    isolation.remove_stale_scratch()
    why = isolation.unavailable()
    if why:
        print(f"one unit at a time, not isolated: {why}", flush=True)
    scheduler = Scheduler(options.limit, not why, [folder, build_cache(), *visible])
    outcomes = run_all(scheduler, history.longest_first(units), 1 if why else options.j)
    flaky = try_again(scheduler, outcomes)
    repeatedly_flaky = history.add(outcomes, flaky)
    failed = {test: text for outcome in outcomes for test, text in outcome.failed.items()}
    skipped = {test: reason for outcome in outcomes for test, reason in outcome.skipped.items()}
    for test, reason in sorted(skipped.items()):
        print(f"skipped: {test}: {reason}")
    for test in flaky:
        print(f"flaky: {test}" + (": in two of its last ten runs, so it fails" if test in repeatedly_flaky else ""))
    for test, text in sorted(failed.items()):  # again, because the end of the output is what is read first
        first, *rest = text.rstrip().splitlines() or [""]
        print("\n".join([f"failed: {test}", *(f"  {line}" for line in [first, *rest[-LINES_AT_END:]])]))
    passed = sum(len(outcome.passed) for outcome in outcomes) - len(repeatedly_flaky)
    print(f"{time.monotonic() - begin:.0f} s, {sum(outcome.processor for outcome in outcomes):.0f} s of processor time, {sum(outcome.seconds for outcome in outcomes):.0f} s one after the other")
    print(f"{passed} passed, {len(failed) + len(repeatedly_flaky)} failed, {len(skipped)} skipped")
    return int(bool(failed or repeatedly_flaky) or passed == 0)
