"""Whole-process figures of touchsts as ratios within one run. Called by ci/bench: bench.py BINARY SPAWN READ_AND_PRINT RAW_TRANSFERS."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True
os.environ["TOUCHSTS_BINARY"] = sys.argv[1]
SPAWN, READ_AND_PRINT, RAW_TRANSFERS = sys.argv[2:5]

import crowds  # noqa: E402
import dialects  # noqa: E402
import figures  # noqa: E402
import keys  # noqa: E402
import stores  # noqa: E402
from figures import row, spawn  # noqa: E402
from support import BINARY, authority, clean_up, place  # noqa: E402


def hits(where):
    where.login()
    answer = where.folder / "answer"
    answer.write_text(where.run("credential-process", "--profile", "ops").stdout)
    hit = [BINARY, "credential-process", "--profile", "ops"]
    # Pair by pair: a third program would leave its own mark on the processor's caches.
    (ours, memory), (least, _) = spawn(SPAWN, where, 1000, hit, [READ_AND_PRINT, str(answer)])
    (beside_python, _), (python, _) = spawn(SPAWN, where, 200, hit, ["/usr/bin/python3", "-c", "pass"])
    row("cached answer, whole process", f"{ours:.0f}", "us", "", True)
    row("  against reading and printing one file (static musl)", f"{ours / least:.2f}", "x", "<= 2", ours / least <= 2)
    row("  python3 -c pass against it", f"{python / beside_python:.1f}", "x", ">= 8", python / beside_python >= 8)
    row("  peak resident memory", f"{memory}", "KiB", "<= 4096", memory <= 4096)
    trace = where.folder / "trace"
    subprocess.run(["strace", "-f", "-o", str(trace), *hit], env=where.environment, check=True, capture_output=True)
    calls = [line for line in trace.read_text().splitlines() if re.match(r"\d+ +\w+\(", line)]
    row("  system calls", len(calls), "", "<= 60", len(calls) <= 60)


def fresh(where):
    """One AssumeRole over TLS, with a bundle of the system's certificates and ours: against curl with the same."""
    bundle = where.folder / "bundle.pem"
    bundle.write_text(pathlib.Path("/etc/ssl/certs/ca-certificates.crt").read_text() + pathlib.Path(authority().bundle).read_text())
    where.environment["AWS_CA_BUNDLE"] = str(bundle)
    body = f"Action=AssumeRole&Version=2011-06-15&RoleArn={where.plain_role.replace(':', '%3A').replace('/', '%2F')}&RoleSessionName=bench"
    curl = ["/usr/bin/curl", "-s", "-f", "--cacert", str(bundle), "--aws-sigv4", "aws:amz:us-east-1:sts", "--user",
            f"{where.user.access_key_id}:{where.user.secret}", "-d", body, where.environment["AWS_ENDPOINT_URL_STS"] + "/"]
    (ours, _), (theirs, _) = spawn(SPAWN, where, 100, [BINARY, "credential-process", "--profile", "plain", "--no-cache"], curl)
    row("fresh AssumeRole over TLS, system's roots loaded", f"{ours / 1000:.1f}", "ms", "", True)
    row("  against curl with the same request", f"{ours / theirs:.2f}", "x", "<= 1.3", ours / theirs <= 1.3)


try:
    with place() as where:
        hits(where)
        fresh(where)
    crowds.all_figures(SPAWN)
    stores.all_figures(SPAWN)
    dialects.all_figures(SPAWN)
    keys.all_figures(SPAWN, RAW_TRANSFERS)
    size = os.path.getsize(BINARY)
    row("release binary, stripped", f"{size / 2**20:.2f}", "MiB", "<= 3", size <= 3 * 2**20)
finally:
    clean_up()
sys.exit(figures.bad > 0)
