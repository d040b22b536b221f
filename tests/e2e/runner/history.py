"""How long each unit took, and which tests were flaky recently: one JSON file for a suite, in the build cache."""
import json
import os
import pathlib

RUNS = 10  # that count; a test that was flaky in two of them fails


def build_cache():
    return pathlib.Path(os.environ.get("TOUCHSTS_BUILD_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "touchsts-build")


class History:
    def __init__(self, suite):
        self.file = build_cache() / "tests" / f"{suite}.json"
        try:
            kept = json.loads(self.file.read_text())
            self.seconds = {name: float(value) for name, value in kept["seconds"].items()}
            self.runs = {name: str(value) for name, value in kept["runs"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.seconds, self.runs = {}, {}

    def longest_first(self, units):
        """A unit that is new goes first: it may be the longest."""
        return sorted(units, key=lambda unit: -self.seconds.get(unit.name, float("inf")))

    def add(self, outcomes, flaky):
        """`outcomes` of the first try of each unit; the tests in `flaky` failed there and passed alone. Gives those of them that
        were flaky before, within the last runs of theirs."""
        seconds = {}
        for outcome in outcomes:
            seconds[outcome.unit.name] = seconds.get(outcome.unit.name, 0) + round(outcome.seconds, 1)
            for test in outcome.ended():
                self.runs[test] = (self.runs.get(test, "") + ("f" if test in flaky else "."))[-RUNS:]
        self.seconds |= seconds
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new = self.file.with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps({"seconds": self.seconds, "runs": self.runs}, indent=0, sort_keys=True))
            new.replace(self.file)
        except OSError as error:
            print(f"the history of the tests is not kept: {error}", flush=True)
        return [test for test in flaky if self.runs[test].count("f") > 1]
