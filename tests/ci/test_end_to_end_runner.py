"""Planted end-to-end tests that fail, hang, are flaky, leave processes behind or look at what others do."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from runner import isolation

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = f"import sys, pathlib; sys.path[:0] = [{str(HERE.parent / 'e2e')!r}, sys.argv[1]]; from runner.command import main; sys.exit(main(pathlib.Path(sys.argv[1]), [pathlib.Path(sys.argv[1]).parent], sys.argv[2:]))"
ISOLATED = os.geteuid() == 0


class Planted(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = self.base / "tests"
        self.folder.mkdir()
        # Without PYTHONUNBUFFERED, which some machines preset: what tests print must not depend on it.
        self.environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | {"TOUCHSTS_BUILD_CACHE": str(self.base / "cache")}

    def plant(self, **modules):
        for name, text in modules.items():
            (self.folder / f"test_{name}.py").write_text("import os, signal, subprocess, sys, time, unittest\n" + text)

    def run_tests(self, *options, code=0):
        done = subprocess.run([sys.executable, "-B", "-c", COMMAND, str(self.folder), *options], env=self.environment,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.lines = done.stdout.splitlines()
        return done.stdout

    def test_all_pass(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): print('seen by the reader')\n    def test_2(self): pass\n", b="class B(unittest.TestCase):\n    def test_1(self): pass\n")
        self.assertIn("seen by the reader", self.run_tests())
        self.assertEqual(self.lines[-1], "3 passed, 0 failed, 0 skipped")
        self.run_tests("A.test_1")
        self.assertEqual(self.lines[-1], "1 passed, 0 failed, 0 skipped")
        self.assertEqual(self.run_tests("--list").split(), ["test_a.A.test_1", "test_a.A.test_2", "test_b.B.test_1"])

    def test_nothing_that_runs_is_no_success(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): pass\n")
        self.run_tests("no_such_name", code=1)
        self.assertEqual(self.lines[-1], "0 passed, 0 failed, 0 skipped")

    def test_each_test_is_counted_once_whatever_becomes_of_it(self):
        self.plant(a="class A(unittest.TestCase):\n"
                     "    def test_fails(self): self.assertEqual(1, 2)\n"
                     "    def test_subtests(self):\n        for number in range(3):\n            with self.subTest(number): self.assertEqual(number, 1)\n"
                     "    def test_cleanup(self): self.addCleanup(lambda: 1 / 0)\n"
                     "    def test_skipped(self): self.skipTest('no key')\n"
                     "    @unittest.expectedFailure\n    def test_wonder(self): pass\n"
                     "    @unittest.expectedFailure\n    def test_expected(self): 1 / 0\n"
                     "    def test_good(self): pass\n",
                   broken="import no_such_module\n",
                   fixture="def setUpModule(): raise OSError('no daemon')\nclass F(unittest.TestCase):\n    def test_1(self): pass\n    def test_2(self): pass\n",
                   missing="def setUpModule(): raise unittest.SkipTest('no pcscd')\nclass M(unittest.TestCase):\n    def test_1(self): pass\n    def test_2(self): pass\n",
                   late="class L(unittest.TestCase):\n    @classmethod\n    def tearDownClass(cls): raise OSError('still there')\n    def test_1(self): pass\n")
        text = self.run_tests(code=1)
        self.assertEqual([line for line in self.lines if line.startswith("failed: ")],
                         ["failed: tearDownClass (test_late.L)", "failed: test_a.A.test_cleanup", "failed: test_a.A.test_fails", "failed: test_a.A.test_subtests", "failed: test_a.A.test_wonder",
                          "failed: test_fixture.F.test_1", "failed: test_fixture.F.test_2", "failed: unittest.loader._FailedTest.test_broken"])
        self.assertEqual(self.lines[-1], "3 passed, 8 failed, 3 skipped")
        for part in ("no daemon", "still there", "no_such_module", "skipped: test_missing.M.test_1: no pcscd", "skipped: test_a.A.test_skipped: no key"):
            self.assertIn(part, text)

    def test_what_hangs_is_named_and_the_other_tests_of_its_unit_run(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): pass\n    def test_2_hangs(self):\n        print('so far so good')\n        time.sleep(300)\n    def test_3(self): pass\n")
        begin = time.monotonic()
        text = self.run_tests("--limit", "2", code=1)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(self.lines[-1], "2 passed, 1 failed, 0 skipped")
        for part in ("failed: test_a.A.test_2_hangs", "killed: it took longer than its limit of 2 s", "so far so good", "in test_2_hangs"):
            self.assertIn(part, text)

    def test_a_process_that_dies_takes_its_test_with_it_alone(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): pass\n    def test_2_dies(self): os.kill(os.getpid(), 9)\n    def test_3(self): pass\n")
        text = self.run_tests(code=1)
        self.assertEqual(self.lines[-1], "2 passed, 1 failed, 0 skipped")
        self.assertIn("the process of its unit ended", text)

    FLAKY = "class A(unittest.TestCase):\n    def test_1(self):\n        if not os.path.exists({mark!r}):\n            open({mark!r}, 'w').close()\n            self.fail('by chance')\n    def test_2(self): pass\n"

    def test_what_passes_when_it_runs_once_more_is_flaky_and_twice_in_ten_runs_is_a_failure(self):
        mark = self.base / "mark"
        self.plant(a=self.FLAKY.format(mark=str(mark)))
        text = self.run_tests()
        self.assertIn("by chance", text)
        self.assertIn("flaky: test_a.A.test_1", self.lines)
        self.assertEqual(self.lines[-1], "2 passed, 0 failed, 0 skipped")
        for _ in range(9):
            self.assertNotIn("flaky", self.run_tests())
        mark.unlink()  # the first time has become the eleventh
        self.run_tests()
        mark.unlink()
        self.run_tests(code=1)
        self.assertIn("flaky: test_a.A.test_1: in two of its last ten runs, so it fails", self.lines)
        self.assertEqual(self.lines[-1], "1 passed, 1 failed, 0 skipped")

    def test_the_second_try_excuses_only_what_passes_in_it(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): os.environ['CHANGED'] = '1'\n    def test_2(self): self.assertNotIn('CHANGED', os.environ)\n")
        self.run_tests(code=1)  # it fails after test_1 each time, and would pass without it
        self.assertEqual(self.lines[-1], "1 passed, 1 failed, 0 skipped")
        mark = str(self.base / "mark")
        self.plant(a=self.FLAKY.format(mark=mark) + f"    @classmethod\n    def tearDownClass(cls):\n        if os.path.exists({mark!r} + '2'): raise OSError('data lost')\n        open({mark!r} + '2', 'w').close()\n")
        self.assertIn("data lost", self.run_tests(code=1))
        self.assertEqual(self.lines[-1], "2 passed, 1 failed, 0 skipped")

    def test_more_failures_than_chance_makes_are_not_tried_again(self):
        self.plant(a="class A(unittest.TestCase):\n" + "".join(f"    def test_{number}(self): self.fail()\n" for number in range(9)))
        self.assertNotIn("once more", self.run_tests(code=1))
        self.assertEqual(self.lines[-1], "0 passed, 9 failed, 0 skipped")

    def test_a_module_that_skips_itself(self):
        self.plant(a="raise unittest.SkipTest('no npm')\n", b="class B(unittest.TestCase):\n    def test_1(self): pass\n")
        self.assertIn(": no npm\n", self.run_tests())
        self.assertEqual(self.lines[-1], "1 passed, 0 failed, 1 skipped")

    def test_text_that_cannot_be_encoded(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): self.fail('\\ud800')\n    def test_2(self): os.write(1, b'\\xff\\x00')\n")
        self.run_tests(code=1)
        self.assertEqual(self.lines[-1], "1 passed, 1 failed, 0 skipped")

    def test_a_history_that_cannot_be_read_or_written_changes_nothing(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): pass\n")
        for text in ("", "[]", '{"seconds": {"test_a.A": "x"}, "runs": {}}', '{"seconds": 1, "runs": null}'):
            (self.base / "cache/tests").mkdir(parents=True, exist_ok=True)
            (self.base / "cache/tests/end-to-end.json").write_text(text)
            self.run_tests()
        shutil.rmtree(self.base / "cache")
        (self.base / "cache").write_text("a file")
        self.assertIn("the history of the tests is not kept", self.run_tests())
        self.assertEqual(self.lines[-1], "1 passed, 0 failed, 0 skipped")

    def test_wrong_options(self):
        for options in (("-j", "0"), ("-j", "-1"), ("-j", "x")):
            done = subprocess.run([sys.executable, "-B", "-c", COMMAND, str(self.folder), *options], capture_output=True, text=True, timeout=20)
            self.assertEqual(done.returncode, 2)

    def test_a_runner_that_is_stopped_leaves_nothing(self):
        self.plant(a=f"class A(unittest.TestCase):\n    def test_1(self):\n        process = subprocess.Popen(['sleep', '300'])\n        open({str(self.base / 'started')!r}, 'w').close()\n        process.wait()\n")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            (self.base / "started").unlink(missing_ok=True)
            # Who runs in the background of a shell, or under nohup, ignores some of them, and so would the runner.
            run = subprocess.Popen([sys.executable, "-B", "-c", COMMAND, str(self.folder)], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
            while not (self.base / "started").exists():
                time.sleep(0.02)
            run.send_signal(number)
            run.wait(10)
            left = list(pathlib.Path(isolation.SCRATCH_PARENT).glob(f"{isolation.SCRATCH}{run.pid}-*"))
            self.assertEqual(left, [], number)
            self.assertEqual(subprocess.run(["pgrep", "-x", "sleep", "-s", str(run.pid)], capture_output=True).returncode, 1)

    def test_signals_that_the_caller_ignores_are_not_ignored_by_what_tests_start(self):
        self.plant(a="""class A(unittest.TestCase):
    def test_1(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1):
            sleeper = subprocess.Popen(['sleep', '300'])
            sleeper.send_signal(number)
            self.assertEqual(sleeper.wait(10), -number)
""")
        ignored = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1)
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
        try:
            self.run_tests()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.assertEqual(self.lines[-1], "1 passed, 0 failed, 0 skipped", self.lines)

    def test_units_run_beside_each_other_and_tests_of_a_class_one_after_the_other(self):
        test = "    def test_{}(self): time.sleep(1)\n"
        self.plant(a="class A(unittest.TestCase):\n" + test.format(1) + test.format(2), b="class B(unittest.TestCase):\n    unit_per_test = True\n" + test.format(1) + test.format(2) + test.format(3))
        begin = time.monotonic()
        self.run_tests("-j", "4")
        taken = time.monotonic() - begin
        self.assertEqual(self.lines[-1], "5 passed, 0 failed, 0 skipped")
        if ISOLATED:
            self.assertTrue(2 <= taken < 5, taken)  # 5 s one after the other

    @unittest.skipUnless(ISOLATED, "needs root")
    def test_a_unit_has_processes_and_folders_of_its_own(self):
        module = ("class X(unittest.TestCase):\n    def test_1(self):\n"
                  "        for folder in ('/tmp', '/run/pcscd'):\n"
                  "            self.assertEqual([name for name in os.listdir(folder) if name.startswith('planted')], [])\n"
                  "            open(f'{folder}/planted', 'w').close()\n"
                  "        process = subprocess.Popen(['sleep', '4712'])\n"
                  "        time.sleep(1)\n"
                  "        self.assertEqual(subprocess.run(['pgrep', '-c', '-x', 'sleep'], capture_output=True, text=True).stdout, '1\\n')\n")
        self.plant(a=module, b=module, c=module)
        self.run_tests("-j", "3")
        self.assertFalse(pathlib.Path("/tmp/planted").exists() or pathlib.Path("/run/pcscd/planted").exists())
        self.assertEqual(subprocess.run(["pgrep", "-f", "sleep 4712"], capture_output=True).returncode, 1)

    @unittest.skipUnless(ISOLATED, "needs root")
    def test_orphans_are_reaped(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self):\n        subprocess.run(['sh', '-c', 'sleep 0.1 & echo $! >/tmp/number'])\n        number = open('/tmp/number').read().strip()\n"
                     "        time.sleep(0.5)\n        self.assertFalse(os.path.exists(f'/proc/{number}'))\n")
        self.run_tests()

    def test_the_longest_of_the_run_before_starts_first(self):
        self.plant(a="class A(unittest.TestCase):\n    def test_1(self): pass\n", b="class B(unittest.TestCase):\n    def test_1(self): time.sleep(0.5)\n")
        self.run_tests("-j", "1")
        self.run_tests("-j", "1")
        self.assertEqual([line.split(":")[0] for line in self.lines if " of 1 passed" in line], ["test_b.B", "test_a.A"])


if __name__ == "__main__":
    unittest.main()
