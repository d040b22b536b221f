"""Runs the jobs of continuous integration beside each other, and ends with "N passed, N failed, N skipped".

With names, runs these jobs and those that they need. The output of a job is in build/test-logs/NAME.log."""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))
sys.dont_write_bytecode = True
from job_graph import graph, report, table  # noqa: E402
from job_graph.runner import Runner  # noqa: E402

CACHE = pathlib.Path(os.environ["TOUCHSTS_BUILD_CACHE"])  # ci/test sets it
LOGS = ROOT / "build/test-logs"
# Machines preset some of these; the tests set what they need, and test what this checkout has built.
UNSET = ("LIBRARY_PATH", "TOUCHSTS_BINARY", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


sys.stdout.reconfigure(errors="backslashreplace")  # logs may hold anything


def say(line):
    print(line, flush=True)


def tree():
    """The hash of what is committed, or None when the checkout differs from it or git cannot say."""
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: E731
    try:
        return None if git("status", "--porcelain", "--untracked-files=all") else git("rev-parse", "HEAD^{tree}")
    except (OSError, subprocess.CalledProcessError):
        return None


def read_seconds(file):
    """How long each job took the last time, by name; what cannot be read is left out."""
    try:
        return {name: float(value) for name, value in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_seconds(file, seconds):
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(seconds, indent=0, sort_keys=True))
    except OSError as error:
        say(f"the durations are not kept: {error}")


def compiler_cache(log):
    """How many objects were found in the compiler cache. log: what ccache wrote (CCACHE_STATSLOG)."""
    words = log.read_text().split() if log.exists() else []
    hits, misses = sum(words.count(word) for word in ("direct_cache_hit", "preprocessed_cache_hit")), words.count("cache_miss")
    return f"compiler cache: {hits} of {hits + misses} objects were in it ({100 * hits // max(hits + misses, 1)} %)"


def main():
    parser = argparse.ArgumentParser(prog="ci/test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_const", const="all", dest="level", help="the other architecture and valgrind, too")
    parser.add_argument("--nightly", action="store_const", const="nightly", dest="level", help="all, with fuzzing, clang-tidy and large numbers (ci/nightly)")
    parser.add_argument("--list", action="store_true", help="list the jobs of the run, and run none")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a job")
    parser.set_defaults(level="fast")
    options = parser.parse_args()
    try:
        jobs = graph.select(table.jobs(options.level), options.level, options.names)
    except KeyError as error:
        parser.error(error.args[0])
    if options.list:
        for job in jobs:
            print(f"{job.name:<24} {job.level:<8} {job.command}")
        return 0
    kept = CACHE / "tests/jobs.json"
    seconds = read_seconds(kept)
    LOGS.mkdir(parents=True, exist_ok=True)
    for name in ("ccache", *(f"{job.name}.log" for job in jobs)):
        (LOGS / name).unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in UNSET} | {"CCACHE_STATSLOG": str(LOGS / "ccache")}
    for number in (signal.SIGTERM, signal.SIGHUP):  # the jobs end with us
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    before, begin = tree() if options.level == "nightly" and not options.names else None, time.monotonic()
    try:
        ended = Runner(ROOT, LOGS, len(os.sched_getaffinity(0)), environment, say).run(jobs, seconds)
    except KeyboardInterrupt:
        say("ci/test: interrupted; its jobs were ended")
        return 130
    lines = report.table(ended, time.monotonic() - begin)
    print("\n".join(["", *lines[:-1]]))
    write_seconds(kept, seconds | {one.job.name: round(one.wall, 1) for one in ended if not one.failed})
    print(compiler_cache(LOGS / "ccache"))
    failed = sum(one.failed for one in ended)
    flaky = any(note.startswith("flaky: ") for one in ended for note in one.notes)
    if before and not failed and not flaky and tree() == before:
        stamp = CACHE / "nightly" / before
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text("\n".join(lines) + "\n")
        print(f"ci/release may pack this tree ({before})")
    elif options.level == "nightly" and not options.names:
        print("no stamp for ci/release: " + ("a job failed" if failed else "a test was flaky" if flaky else "the checkout is not what is committed"))
    say(lines[-1])
    return int(failed > 0 or not any(one.passed for one in ended))


if __name__ == "__main__":
    sys.exit(main())
