"""Planted jobs that fail, hang, leave processes behind or need what has failed."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from job_graph import graph, log_reader, report, table
from job_graph.graph import Job
from job_graph.runner import Runner


HERE = pathlib.Path(__file__).resolve().parent


class Selection(unittest.TestCase):
    jobs = [Job("a", "true"), Job("b", "true", needs=("a",)), Job("c", "true", needs=("b",), level="nightly"), Job("d", "true", level="all")]

    def names(self, *arguments):
        return [job.name for job in graph.select(self.jobs, *arguments)]

    def test_a_run_has_its_level_and_the_levels_below(self):
        self.assertEqual(self.names("fast"), ["a", "b"])
        self.assertEqual(self.names("all"), ["a", "b", "d"])
        self.assertEqual(self.names("nightly"), ["a", "b", "c", "d"])

    def test_a_named_job_brings_what_it_needs(self):
        self.assertEqual(self.names("fast", ["c"]), ["a", "b", "c"])
        with self.assertRaisesRegex(KeyError, "there is no job e"):
            self.names("fast", ["e"])

    def test_the_critical_path_goes_first(self):
        jobs = [Job("short", "", seconds=1), Job("long", "", seconds=50), Job("root", "", seconds=1), Job("leaf", "", seconds=60, needs=("root",))]
        self.assertEqual([job.name for job in graph.critical_path_first(jobs, {})], ["root", "leaf", "long", "short"])
        self.assertEqual([job.name for job in graph.critical_path_first(jobs, {"leaf": 2})], ["long", "root", "leaf", "short"])

    def test_the_table_is_sound(self):
        for level in graph.LEVELS:
            jobs = table.jobs(level)
            names = [job.name for job in jobs]
            self.assertEqual(len(names), len(set(names)))
            for number, job in enumerate(jobs):
                self.assertIn(job.level, graph.LEVELS)
                self.assertLessEqual(set(job.needs), set(names[:number]), f"{job.name} needs what comes before it in the table")
                self.assertLessEqual(set(job.after), set(names[:number]), f"{job.name} comes after what is above it in the table")
                for need in job.needs:
                    self.assertLessEqual(graph.LEVELS.index(next(other.level for other in jobs if other.name == need)), graph.LEVELS.index(job.level), job.name)


class LogReader(unittest.TestCase):
    def test_counts(self):
        for text, status, wanted in (("3 passed, 0 failed, 2 skipped\n", 0, (3, 0, 2)), ("3 passed, 1 failed\n", 1, (3, 1, 0)),
                                     ("[doctest] test cases:  345 |  345 passed | 0 failed | 1 skipped\n", 0, (345, 0, 1)),
                                     ("\x1b[32m[doctest] test cases:  3 |  \x1b[0m2 passed | 1 failed | 0 skipped\n", 1, (2, 1, 0)),
                                     ("96% tests passed, 1 tests failed out of 23\n", 8, (22, 1, 0)), ("", 0, (1, 0, 0)), ("", 1, (0, 1, 0)),
                                     # the last line counts, and a line that says more does not
                                     ("1 passed, 0 failed\nmany words\n7 passed, 0 failed\n", 0, (7, 0, 0)), ("test x: 3 of 4 passed, 1 failed\n", 0, (1, 0, 0)),
                                     # a suite that passes all and then dies has not passed
                                     ("3 passed, 0 failed\n", 139, (3, 1, 0)),
                                     # nothing that ran is no success
                                     ("0 passed, 0 failed\n", 0, (0, 1, 0)), ("0 passed, 0 failed, 1 skipped\n", 0, (0, 0, 1)),
                                     ("[doctest] test cases:  0 |  0 passed | 0 failed | 345 skipped\n", 0, (0, 1, 0))):
            with self.subTest(text):
                self.assertEqual(log_reader.counts(text, status), wanted)

    def test_notes(self):
        self.assertEqual(log_reader.notes("skipped: a: no key: none\nxskipped: b\nflaky: c\nwarning: w\nfailed: d\nskipped: e: no key: none\nskipped: f: no npm\n"),
                         ["flaky: c", "warning: w", "skipped: a and 1 more: no key: none", "skipped: f: no npm"])


class Run(unittest.TestCase):
    def run_jobs(self, *jobs, slots=2):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.lines, begin = [], time.monotonic()
        ended = Runner(self.folder, self.folder / "logs", slots, dict(os.environ), self.lines.append).run(list(jobs), {})
        self.seconds = time.monotonic() - begin
        self.report = report.table(ended, self.seconds)
        return {one.job.name: one for one in ended}

    def test_what_failed_is_told_and_its_followers_do_not_run(self):
        ended = self.run_jobs(Job("good", "echo 4 passed, 0 failed, 1 skipped; echo skipped: x: no key"), Job("bad", "echo what went wrong; echo 2 passed, 1 failed; exit 1"),
                              Job("follower", "touch ran", needs=("bad",)), Job("second", "touch ran", needs=("follower",)), Job("beside", "true", after=("bad",)))
        self.assertEqual({name: one.failed for name, one in ended.items()}, {"good": 0, "bad": 1, "follower": 1, "second": 1, "beside": 0})
        self.assertFalse((self.folder / "ran").exists())
        told = "\n".join(self.lines)
        self.assertIn("| what went wrong", told)
        self.assertIn("skipped: x: no key", told)
        self.assertIn("second: not run, because follower failed", told)
        self.assertIn("failed: follower (build/test-logs/follower.log): not run: bad failed", self.report)
        self.assertEqual(self.report[-1], "7 passed, 3 failed, 1 skipped")

    def test_what_hangs_is_killed_with_all_it_started_and_named(self):
        ended = self.run_jobs(Job("hang", "sleep 300 & echo $! >number; wait", limit=1))
        self.assertLess(self.seconds, 60)
        self.assertEqual(ended["hang"].failed, 1)
        self.assertIn("failed: hang (build/test-logs/hang.log): killed: it took longer than its limit of 1 s", self.report)
        self.assert_ended(int((self.folder / "number").read_text()))

    def test_what_ignores_its_end_is_killed_and_a_clean_end_is_no_success(self):
        ended = self.run_jobs(Job("stubborn", "trap '' TERM; while :; do sleep 0.1; done", limit=1), Job("polite", "trap 'exit 0' TERM; while :; do sleep 0.1; done", limit=1))
        self.assertLess(self.seconds, 60)
        self.assertEqual({name: one.failed for name, one in ended.items()}, {"stubborn": 1, "polite": 1})

    def test_what_a_job_leaves_behind_is_ended(self):
        self.run_jobs(Job("careless", "sleep 300 >/dev/null 2>&1 & echo $! >number"))
        self.assertLess(self.seconds, 60)
        self.assert_ended(int((self.folder / "number").read_text()))

    def assert_ended(self, number):
        for _ in range(50):
            try:
                if pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                    return
            except OSError:
                return
            time.sleep(0.02)
        self.fail("it still runs")

    def test_jobs_run_beside_each_other_but_not_more_than_there_are_slots(self):
        job = "echo + >>seen; sleep 0.5; echo - >>seen"
        self.run_jobs(*(Job(f"job{number}", job) for number in range(4)), Job("waits", "sleep 1", slots=0))
        depth = most = 0
        for line in (self.folder / "seen").read_text().split():
            depth += 1 if line == "+" else -1
            most = max(most, depth)
        self.assertEqual(most, 2)
        self.assertLess(self.seconds, 2.9)  # 3 s one after the other

    def test_a_wide_job_has_its_turn_and_what_takes_no_slot_does_not_wait(self):
        narrow = [Job(f"narrow{number}", "sleep 0.3", seconds=5) for number in range(6)]
        ended = self.run_jobs(Job("first", "sleep 0.3", seconds=100), Job("wide", "sleep 0.3", slots=2, seconds=50), *narrow, Job("waits", "true", slots=0, seconds=1))
        self.assertLess(ended["waits"].begin, ended["first"].begin + ended["first"].wall)
        self.assertLessEqual(sum(one.begin < ended["wide"].begin for name, one in ended.items() if name.startswith("narrow")), 1)

    def test_a_job_for_more_slots_than_there_are_runs_alone(self):
        ended = self.run_jobs(Job("wide", "true", slots=2), Job("other", "true"), slots=1)
        self.assertEqual(sum(one.passed for one in ended.values()), 2)

    def test_a_run_that_is_killed_leaves_nothing(self):
        """As ci/test when it is sent SIGTERM."""
        root = HERE.parents[1]
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        program = (f"import sys; sys.path.insert(0, {str(root / 'ci')!r})\nimport os, pathlib, signal\nfrom job_graph.graph import Job\nfrom job_graph.runner import Runner\n"
                   "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
                   f"Runner({str(folder)!r}, {str(folder / 'logs')!r}, 1, dict(os.environ), print).run([Job('a', 'sleep 300 & echo $! >new && mv new number; wait')], {{}})")
        run = subprocess.Popen([sys.executable, "-B", "-c", program])
        while not (folder / "number").exists():
            time.sleep(0.02)
        run.terminate()
        self.assertEqual(run.wait(10), 143)
        self.assert_ended(int((folder / "number").read_text()))

    def test_times_are_of_all_processes(self):
        ended = self.run_jobs(Job("busy", "python3 -c 'import time\nwhile time.process_time() < 0.4: pass' & wait; sleep 0.4"))["busy"]
        self.assertGreater(ended.wall, 0.7)
        self.assertGreater(ended.processor, 0.4)


if __name__ == "__main__":
    unittest.main()
