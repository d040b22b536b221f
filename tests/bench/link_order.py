#!/usr/bin/python3
"""link_order.py BINARY: writes src/link_order.txt, the functions that a cached answer calls. The linker puts them side by side, so that
a cached answer maps a few pages of the program and not a page of each of its corners.

BINARY: the release binary with its symbols, build/release-x86_64-linux-musl/src/touchsts. Needs valgrind. A name that a later version
no longer has is passed over, and a new function costs a page fault at most: run this again when ci/bench's page faults have grown."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True

from support import clean_up, place  # noqa: E402

ORDER = ROOT / "src/link_order.txt"


def called(binary):
    """The symbols of the functions that were executed, by callgrind."""
    with place() as where:
        command = [binary, "credential-process", "--profile", "ops"]
        code = ["--token-code", where.service.fresh_code(where.user)]
        subprocess.run([*command, *code], env=where.environment, check=True, stdout=subprocess.DEVNULL)
        found = where.folder / "callgrind"
        subprocess.run(["valgrind", "--tool=callgrind", f"--log-file={where.folder}/log", f"--callgrind-out-file={found}", "--demangle=no", "--compress-strings=no", *command],
                       env=where.environment, check=True, stdout=subprocess.DEVNULL)
        return set(re.findall(r"^c?fn=([A-Za-z_][\w.$]*)", found.read_text(), re.M))


try:
    names = called(sys.argv[1])
finally:
    clean_up()
ORDER.write_text("# The functions that a cached answer calls: tests/bench/link_order.py writes this file.\n" + "".join(f"{name}\n" for name in sorted(names)))
print(f"{len(names)} functions")
