"""Runs the end-to-end tests, in units beside each other, and ends with "N passed, N failed, N skipped".

A unit that fails runs its failed tests once more, alone. A test that passes then is flaky: its name is printed, and it fails
when that happens twice in ten of its runs."""
import argparse
import os
import time

from . import isolation
from .history import History, build_cache
from .scheduler import Scheduler
from .units import Unit, discover

MOST_TRIED_AGAIN = 8  # more failures than these are no accident


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/e2e/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", type=int, metavar="N", help="units beside each other (default: 5 on two cores)", default=(5 * len(os.sched_getaffinity(0)) + 1) // 2)
    parser.add_argument("--limit", type=float, metavar="SECONDS", default=180, help="kill a test that takes longer (default: 180)")
    parser.add_argument("--suite", default="end-to-end", help="whose durations and failures are remembered (default: end-to-end)")
    parser.add_argument("--list", action="store_true", help="list the tests, unit by unit, and run none")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="run the tests whose names have one of these in them")
    return parser.parse_args(arguments)


def show(outcome):
    tests = len(outcome.ended())
    print(f"{outcome.unit.name}: {len(outcome.passed)} of {tests} passed, {outcome.seconds:.1f} s", flush=True)
    if outcome.output.strip():
        print(outcome.output.rstrip(), flush=True)
    for test, text in outcome.failed.items():
        print(f"FAILED {test}\n{text.rstrip()}", flush=True)


def run_all(scheduler, units, beside):
    outcomes = []
    for outcome in scheduler.run(units, beside):
        show(outcome)
        outcomes.append(outcome)
    return outcomes


def try_again(scheduler, outcomes):
    """The tests that failed among others and passed alone; they no longer count as failed in `outcomes`."""
    again = [outcome for outcome in outcomes if outcome.failed]
    if not again or len(again) > MOST_TRIED_AGAIN:
        return []
    flaky = []
    for first in again:
        print(f"once more, alone: {' '.join(first.failed)}", flush=True)
        second = {test for outcome in run_all(scheduler, [Unit(first.unit.name, [test for test in first.unit.tests if test in first.failed])], 1) for test in outcome.passed}
        for test in list(first.failed):
            if test in second:
                flaky.append(test)
                first.passed.add(test)
                del first.failed[test]
    return flaky


def main(folder, visible, arguments):
    """The exit status. folder: where the test modules are. visible: folders that they use though they may be below /tmp."""
    options = parse(arguments)
    units = discover(folder, options.patterns)
    if options.list:
        for unit in units:
            print("\n".join(unit.tests))
        return 0
    history, begin = History(options.suite), time.monotonic()
    why = isolation.unavailable()
    if why:
        print(f"one unit at a time, not isolated: {why}", flush=True)
    scheduler = Scheduler(options.limit, not why, [folder, build_cache(), *visible])
    outcomes = run_all(scheduler, history.longest_first(units), 1 if why else options.j)
    flaky = try_again(scheduler, outcomes)
    too_often = history.add(outcomes, flaky)
    failed = sorted({test for outcome in outcomes for test in outcome.failed})
    skipped = {test: reason for outcome in outcomes for test, reason in outcome.skipped.items()}
    for test, reason in sorted(skipped.items()):
        print(f"skipped: {test}: {reason}")
    for test in flaky:
        print(f"flaky: {test}" + (": in two of its last ten runs, so it fails" if test in too_often else ""))
    for test in failed:
        print(f"failed: {test}")
    passed = sum(len(outcome.passed) for outcome in outcomes) - len(too_often)
    print(f"{time.monotonic() - begin:.0f} s, {sum(outcome.processor for outcome in outcomes):.0f} s of processor time, {sum(outcome.seconds for outcome in outcomes):.0f} s one after the other")
    print(f"{passed} passed, {len(failed) + len(too_often)} failed, {len(skipped)} skipped")
    return int(bool(failed or too_often) or passed == 0)
