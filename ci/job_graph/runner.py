"""Runs jobs beside each other."""
import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import time

from . import log_reader
from .graph import critical_path_first

PROGRESS_INTERVAL = 30  # seconds
GRACE = 3  # seconds between SIGTERM and SIGKILL


@dataclasses.dataclass
class JobResult:
    job: object
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    begin: float = 0.0  # seconds since the run began
    wall: float = 0.0  # seconds
    processor: float = 0.0  # seconds of user and system time, of all its processes that were waited for
    notes: list = dataclasses.field(default_factory=list)


class RunningJob:
    def __init__(self, job, log, root, environment, begin):
        self.job, self.log, self.begin, self.started, self.stopped = job, log, begin, time.monotonic(), None
        with open(log, "wb") as out:
            # A session of its own: all of it can be killed, and no terminal of the caller's reaches it.
            self.process = subprocess.Popen(["nice", "-n", str(job.nice), "bash", "-c", job.command], cwd=root, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        with contextlib.suppress(OSError):  # where the kernel shares out by sessions, niceness counts within one only
            pathlib.Path(f"/proc/{self.process.pid}/autogroup").write_text(str(job.nice))

    def seconds(self):
        return time.monotonic() - self.started

    def stop(self):
        """Sends SIGTERM, so that it can clean up, and SIGKILL when it is called again GRACE seconds later."""
        with contextlib.suppress(ProcessLookupError):
            if self.stopped is None:
                self.stopped = time.monotonic()
                os.killpg(self.process.pid, signal.SIGTERM)
            elif time.monotonic() - self.stopped > GRACE:
                os.killpg(self.process.pid, signal.SIGKILL)

    def poll(self):
        """A JobResult once it has ended, else None."""
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return None
        self.process.returncode = code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(ProcessLookupError):  # what it has left behind
            os.killpg(self.process.pid, signal.SIGKILL)
        text = pathlib.Path(self.log).read_text(errors="replace")
        passed, failed, skipped = log_reader.counts(text, code or int(self.stopped is not None))
        return JobResult(self.job, passed, failed, skipped, self.begin, self.seconds(), usage.ru_utime + usage.ru_stime, log_reader.notes(text))


class Runner:
    """root: where the commands run. logs: the folder of their output. slots: how many there are. environment: of the jobs.
    print_line: called with each line of progress."""

    def __init__(self, root, logs, slots, environment, print_line):
        self.root, self.logs, self.slots, self.environment, self.print_line = root, pathlib.Path(logs), slots, environment, print_line
        self.running, self.ended = {}, {}

    def run(self, jobs, seconds):
        """The JobResult of each job, in the order in which they ended. seconds: what each took the last time, by name."""
        self.logs.mkdir(parents=True, exist_ok=True)
        waiting, begin, printed = critical_path_first(jobs, seconds), time.monotonic(), time.monotonic()
        names = {job.name for job in jobs}
        try:
            while waiting or self.running:
                self.skip_dependents(waiting)
                for job in self.startable([job for job in waiting if self.is_ready(job, names)]):
                    waiting.remove(job)
                    self.running[job.name] = RunningJob(job, self.logs / f"{job.name}.log", self.root, self.environment, time.monotonic() - begin)
                for one in list(self.running.values()):
                    if one.seconds() > one.job.limit:
                        one.stop()
                    if ended := one.poll():
                        del self.running[one.job.name]
                        self.end(ended, f"killed: it took longer than its limit of {one.job.limit:.0f} s" if one.stopped else "")
                if time.monotonic() - printed > PROGRESS_INTERVAL:
                    printed = time.monotonic()
                    self.print_line(self.progress(len(jobs)))
                time.sleep(0.05)
        finally:
            until = time.monotonic() + 2 * GRACE
            while time.monotonic() < until and any(one.process.returncode is None and not one.poll() for one in self.running.values()):
                for one in self.running.values():
                    one.stop()
                time.sleep(0.05)
        return list(self.ended.values())

    def is_ready(self, job, names):
        return all(need in self.ended for need in job.needs) and all(other in self.ended for other in job.after if other in names)

    def startable(self, ready):
        """Of the jobs that are ready, in their order, those for which there are slots. Once one has to wait for slots, no later one takes
        them: it would wait for ever."""
        taken, full = sum(one.job.slots for one in self.running.values()), False
        for job in ready:
            if job.slots:
                full = full or (taken > 0 and taken + job.slots > self.slots)
                taken += 0 if full else job.slots
            if not job.slots or not full:
                yield job

    def skip_dependents(self, waiting):
        """Marks jobs whose needs failed as failed, without running them."""
        for job in list(waiting):
            if missing := [need for need in job.needs if need in self.ended and self.ended[need].failed]:
                waiting.remove(job)
                self.ended[job.name] = JobResult(job, failed=1, notes=[f"not run: {', '.join(missing)} failed"])
                self.print_line(f"{job.name}: not run, because {', '.join(missing)} failed")

    def end(self, ended, why):
        self.ended[ended.job.name] = ended
        self.print_line(f"{ended.job.name}: {ended.passed} passed, {ended.failed} failed, {ended.skipped} skipped, {ended.wall:.1f} s")
        for line in ended.notes:
            self.print_line(f"  {line}")
        if ended.failed:
            log = self.logs / f"{ended.job.name}.log"
            self.print_line("\n".join([f"  the end of {log}:", *(f"  | {line}" for line in log.read_text(errors="replace").splitlines()[-60:])]))
        if why:
            ended.notes.append(why)
            self.print_line(f"{ended.job.name}: {why}")

    def progress(self, count):
        longest = sorted(self.running.values(), key=RunningJob.seconds, reverse=True)
        return f"... {len(self.ended)} of {count} jobs done; running: {', '.join(f'{one.job.name} ({one.seconds():.0f} s)' for one in longest)}"
