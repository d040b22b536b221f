"""ci/tidy with a checker of our own, which writes down what it is asked to look at."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@unittest.skipUnless(shutil.which("clang++-19"), "clang++-19 is missing")
class Tidy(unittest.TestCase):
    def setUp(self):
        base = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.asked, self.environment = base / "asked", os.environ | {"PATH": f"{base}/bin:{os.environ['PATH']}", "TOUCHSTS_BUILD_CACHE": str(base / "cache")}
        self.root = self.checkout(base / "one")
        self.other = self.checkout(base / "two")
        tool = base / "bin/clang-tidy-19"
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec cat {base}/version\necho "$4" >>{self.asked}\n! grep BAD "$4"\n')
        tool.chmod(0o755)
        (base / "version").write_text("1\n")
        self.version = base / "version"

    @staticmethod
    def checkout(root):
        for folder in ("ci", "build/dev", "src"):
            (root / folder).mkdir(parents=True)
        shutil.copy(ROOT / "ci/tidy", root / "ci/tidy")
        (root / ".clang-tidy").write_text("Checks: all\n")
        (root / "src/a.h").write_text("// One.\n#define ONE 1\n")
        (root / "src/a.cpp").write_text('#include "a.h"\nint one = 1;\n')
        (root / "src/b.cpp").write_text("int two = 2;\n")
        commands = [{"directory": str(root), "file": str(root / name), "command": f"clang++-19 -I{root}/src -o {name}.o -c {root}/{name}"} for name in ("src/a.cpp", "src/b.cpp")]
        (root / "build/dev/compile_commands.json").write_text(json.dumps(commands))
        return root

    def check(self, *asked, code=0, root=None):
        """Runs it over both files: these of them are looked at."""
        self.asked.write_text("")
        done = subprocess.run([(root or self.root) / "ci/tidy", "src/a.cpp", "src/b.cpp"], env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(sorted(self.asked.read_text().split()), sorted(asked))
        return done.stdout

    def test_what_has_passed_is_not_looked_at_again_in_any_checkout(self):
        self.check("src/a.cpp", "src/b.cpp")
        self.check()
        self.check(root=self.other)

    def test_all_that_the_result_depends_on_has_it_looked_at_again(self):
        self.check("src/a.cpp", "src/b.cpp")
        for text in ("// Two.\n#define ONE 1\n", "// Two.\n#define ONE 2\n", "// Two.\n#define ONE 2\nint three;\n"):
            (self.root / "src/a.h").write_text(text)
            self.check("src/a.cpp")
        (self.root / ".clang-tidy").write_text("Checks: none\n")
        self.check("src/a.cpp", "src/b.cpp")
        self.version.write_text("2\n")
        self.check("src/a.cpp", "src/b.cpp")
        commands = self.root / "build/dev/compile_commands.json"
        commands.write_text(commands.read_text().replace("-o src/b.cpp.o", "-o src/b.cpp.o -O2"))
        self.check("src/b.cpp")

    def test_what_has_findings_is_shown_and_looked_at_every_time(self):
        (self.root / "src/b.cpp").write_text("int BAD = 2;\n")
        self.assertIn("int BAD = 2;", self.check("src/a.cpp", "src/b.cpp", code=1))
        self.assertIn("int BAD = 2;", self.check("src/b.cpp", code=1))

    def test_what_is_not_compiled_has_not_passed(self):
        (self.root / "src/b.cpp").write_text('#include "nowhere.h"\n')
        for file, part in (("src/b.cpp", "nowhere.h"), ("src/new.cpp", "src/new.cpp is not compiled in build/dev")):
            done = subprocess.run([self.root / "ci/tidy", file], env=self.environment, capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (1, ""))
            self.assertIn(part, done.stdout)
