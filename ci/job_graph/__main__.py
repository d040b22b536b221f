"""Runs the jobs of continuous integration beside each other, and ends with "N passed, N failed, N skipped".

With names, runs these jobs and those that they need. The output of a job is in build/test-logs/NAME.log."""
import argparse
import json
import os
import pathlib
import shutil
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
# Machines preset some of these; the tests set what they need.
UNSET = ("LIBRARY_PATH", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def say(line):
    print(line, flush=True)


def tree():
    """The hash of what is committed, or None when the checkout differs from it."""
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: E731
    return None if git("status", "--porcelain") else git("rev-parse", "HEAD^{tree}")


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
    try:
        seconds = json.loads(kept.read_text())
    except (OSError, ValueError):
        seconds = {}
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if name not in UNSET} | {"CCACHE_STATSLOG": str(LOGS / "ccache")}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the jobs end with us
    before, begin = tree() if options.level == "nightly" and not options.names else None, time.monotonic()
    try:
        ended = Runner(ROOT, LOGS, len(os.sched_getaffinity(0)), environment, say).run(jobs, seconds)
    except KeyboardInterrupt:
        say("ci/test: interrupted; its jobs were ended")
        return 130
    lines = report.table(ended, time.monotonic() - begin)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(seconds | {one.job.name: round(one.wall, 1) for one in ended if not one.failed}, indent=0, sort_keys=True))
    print("\n".join(["", *lines[:-1]]))
    print(compiler_cache(LOGS / "ccache"))
    failed = sum(one.failed for one in ended)
    if before and not failed and tree() == before:
        stamp = CACHE / "nightly" / before
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text("\n".join(lines) + "\n")
        print(f"ci/release may pack this tree ({before})")
    elif options.level == "nightly" and not options.names:
        print("no stamp for ci/release: " + ("a job failed" if failed else "the checkout is not what is committed"))
    say(lines[-1])
    return int(failed > 0 or not any(one.passed for one in ended))


if __name__ == "__main__":
    sys.exit(main())
