"""One unit: runs its tests and reports what happens, one JSON object a line:

{"start": TEST}
{"end": TEST, "outcome": "passed" | "failed" | "skipped", "text": TRACEBACK OR REASON}
{"done": true}                                      the unit has ended

A fixture (setUpModule, setUpClass) that fails or skips ends each test that it kept from running; one that fails afterwards is
reported as a test of its own, by the fixture's name."""
import faulthandler
import io
import json
import os
import signal
import sys
import traceback
import unittest

from . import units


class Result(unittest.TextTestResult):
    """A test with several failing sub-tests counts once."""

    def __init__(self, *arguments, report, limit, **options):
        super().__init__(*arguments, **options)
        self.report, self.limit = report, limit
        self.passed, self.failed, self.skip_reasons = set(), {}, {}
        self.fixture_failed, self.fixture_skipped = "", ""

    def startTest(self, test):
        super().startTest(test)
        faulthandler.dump_traceback_later(max(self.limit - 1, 0.5))
        self.report({"start": test.id()})

    def stopTest(self, test):
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        outcome, text = self.outcome(test.id()) or ("failed", "it ended without an outcome")
        self.report({"end": test.id(), "outcome": outcome, "text": text})

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.add(test.id())

    def fail(self, test, error):
        text = self._exc_info_to_string(error, test)
        test = getattr(test, "test_case", test)
        if isinstance(test, unittest.TestCase):
            self.failed[test.id()] = self.failed.get(test.id(), "") + text
        else:  # setUpModule, setUpClass and their like
            self.fixture_failed += f"{test.id()}\n{text}"

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.fail(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.fail(subtest, error)

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.passed.add(test.id())

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.failed[test.id()] = "it was expected to fail"

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        test = getattr(test, "test_case", test)
        if isinstance(test, unittest.TestCase):
            self.skip_reasons[test.id()] = reason
        else:
            self.fixture_skipped = reason

    def outcome(self, test):
        if test in self.failed:
            return "failed", self.failed[test]
        if test in self.skip_reasons:
            return "skipped", self.skip_reasons[test]
        return ("passed", "") if test in self.passed else None

    def report_unrun(self, tests):
        """Those that a fixture kept from running."""
        rest = [test for test in tests if self.outcome(test) is None]
        outcome = ("skipped", self.fixture_skipped) if self.fixture_skipped and not self.fixture_failed else ("failed", self.fixture_failed or "it did not run")
        if self.fixture_failed and not rest:
            rest = [self.fixture_failed.split("\n")[0]]
        for test in rest:
            self.report({"end": test, "outcome": outcome[0], "text": outcome[1]})


PYTHONS_OWN = {signal.SIGPIPE, signal.SIGXFSZ}  # Python ignores them, and not in what it starts


def run(unit, limit, descriptor):
    """Runs the tests of `unit` in this process and writes the report to `descriptor`. The process's output is the unit's.

    Signals do what they usually do: the runner handles some, a shell's background jobs ignore SIGINT and SIGQUIT, nohup SIGHUP."""
    def report(what):
        os.write(descriptor, (json.dumps(what) + "\n").encode())

    for number in signal.valid_signals() - PYTHONS_OWN:
        if number in (signal.SIGTERM, signal.SIGHUP) or signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.enable()
    result = Result(unittest.runner._WritelnDecorator(io.StringIO()), False, 0, report=report, limit=limit)
    try:
        import support
        try:
            unittest.TestLoader().loadTestsFromNames([units.loadable(test) for test in unit.tests]).run(result)
        finally:
            support.clean_up()
    except unittest.SkipTest as skipped:  # the module's own, when it is imported
        result.fixture_skipped = str(skipped)
    except BaseException:
        result.fixture_failed += f"{unit.name}\n{traceback.format_exc()}"
    result.report_unrun(unit.tests)
    sys.stdout.flush()
    sys.stderr.flush()
    report({"done": True})
