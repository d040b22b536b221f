"""Many units: starts them, watches the time, collects the reports."""
import contextlib
import dataclasses
import json
import os
import pathlib
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback

from . import isolation, worker
from .units import Unit


@dataclasses.dataclass
class Outcome:
    """How a unit ended. The keys are ids of tests."""
    unit: Unit
    passed: set = dataclasses.field(default_factory=set)
    failed: dict = dataclasses.field(default_factory=dict)  # what went wrong
    skipped: dict = dataclasses.field(default_factory=dict)  # why
    seconds: float = 0.0  # wall time
    processor: float = 0.0  # seconds of user and system time
    output: str = ""  # what the tests printed

    def ended(self):
        return self.passed | set(self.failed) | set(self.skipped)


class Running:
    """A unit in a process of its own, and what it has reported so far."""

    def __init__(self, unit, scheduler):
        self.outcome, self.limit = Outcome(unit), scheduler.limit
        self.scratch = isolation.make_scratch() if scheduler.isolated else None
        self.log = tempfile.TemporaryFile()
        self.began = self.last_heard = time.monotonic()
        self.test, self.done, self.partial = None, False, b""
        self.pipe, report = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.become_worker(unit, scheduler, report)
        os.close(report)

    def become_worker(self, unit, scheduler, report):
        status = 1
        try:
            os.setsid()
            isolation.end_with_parent()
            for other in scheduler.running:
                os.close(other.pipe)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(self.log.fileno(), 1)
            os.dup2(self.log.fileno(), 2)
            sys.stdout.reconfigure(line_buffering=True)  # what a test has printed is not lost when it is killed
            if self.scratch:
                isolation.enter(self.scratch, scheduler.visible)
            worker.run(unit, self.limit, report)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def read(self):
        """Takes what it reports; False when that was all."""
        data = os.read(self.pipe, 65536)
        *lines, self.partial = (self.partial + data).split(b"\n")
        for line in lines:
            self.last_heard = time.monotonic()
            self.take(json.loads(line))
        return bool(data) and not self.done

    def take(self, event):
        if "start" in event:
            self.test = event["start"]
        elif "end" in event:
            self.test = None
            if event["outcome"] == "passed":
                self.outcome.passed.add(event["end"])
            else:
                {"failed": self.outcome.failed, "skipped": self.outcome.skipped}[event["outcome"]][event["end"]] = event["text"]
        else:
            self.done = True

    def overdue(self):
        return time.monotonic() - self.last_heard > self.limit

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def end(self):
        """Waits for the process, and gives the outcome and the tests that have not had their turn."""
        os.close(self.pipe)
        if not self.done or not self.scratch:  # the end of a namespace ends all of its processes
            self.kill()
        _, status, usage = os.wait4(self.pid, 0)
        overdue = self.overdue()
        outcome, unit = self.outcome, self.outcome.unit
        outcome.seconds, outcome.processor = time.monotonic() - self.began, usage.ru_utime + usage.ru_stime
        self.log.seek(0)
        outcome.output = self.log.read().decode(errors="replace")
        self.log.close()
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)
        if self.done:
            return outcome, []
        why = f"killed: it took longer than its limit of {self.limit:.0f} s" if overdue else f"the process of its unit ended (exit status {os.waitstatus_to_exitcode(status)})"
        left = [test for test in unit.tests if test not in outcome.ended()]
        # What hangs before any test began is a fixture, which the other tests need as well.
        hit = [self.test] if self.test else left or [f"{unit.name} (fixture)"]
        for test in hit:
            outcome.failed[test] = f"{why}\n{outcome.output[-4000:]}"
        left = [test for test in left if test not in hit]
        outcome.unit = Unit(unit.name, [test for test in unit.tests if test not in left])
        return outcome, left


class Scheduler:
    """limit: seconds that one test (or fixture) may take. visible: folders that units need though they are below /tmp."""

    def __init__(self, limit, isolated, visible):
        self.limit, self.isolated, self.visible = limit, isolated, [pathlib.Path(folder).resolve() for folder in visible]
        self.running = []

    def run(self, units, parallel):
        """Runs the units in their order, `parallel` at a time; yields an Outcome for each as it ends. A unit that was killed goes
        on with its other tests as a unit of its own."""
        waiting = list(units)
        try:
            yield from self.run_waiting(waiting, parallel)
        finally:
            for one in self.running:  # only when the run is interrupted
                one.kill()
                one.end()

    def run_waiting(self, waiting, parallel):
        while waiting or self.running:
            while waiting and len(self.running) < parallel:
                self.running.append(Running(waiting.pop(0), self))
            ready = select.select([one.pipe for one in self.running], [], [], 0.5)[0]
            for one in list(self.running):
                going_on = one.read() if one.pipe in ready else True
                if going_on and one.overdue():
                    one.kill()
                    going_on = False
                if not going_on:
                    self.running.remove(one)
                    outcome, left = one.end()
                    if left:
                        waiting.insert(0, Unit(outcome.unit.name, left))
                    yield outcome
