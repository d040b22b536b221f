"""Which tests there are, and what must run together.

A unit is a test class; a class that says `unit_per_test = True` is one unit for each of its tests instead, because they are
slow and what they share (a pcscd, say) starts fast."""
import dataclasses
import json
import os
import sys
import traceback
import unittest

# Before the name of a module, in the id of the one test that says why its tests cannot be loaded.
NOT_LOADED = ("unittest.loader._FailedTest.", "unittest.loader.ModuleSkipped.")


def loadable(test):
    """The name by which unittest loads the test with this id."""
    for prefix in NOT_LOADED:
        test = test.removeprefix(prefix)
    return test


@dataclasses.dataclass
class Unit:
    name: str
    tests: list  # ids, as unittest gives them


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def group(tests):
    units = {}
    for test in tests:
        kind = type(test)
        name = test.id() if getattr(kind, "unit_per_test", False) else f"{kind.__module__}.{kind.__qualname__}"
        units.setdefault(name, Unit(name, [])).tests.append(test.id())
    return list(units.values())


def discover(folder, patterns):
    """The units of the tests whose names have one of the patterns in them. Looked for in a child: importing a test module
    may have effects that the units must not inherit."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read)
            loader = unittest.TestLoader()
            if patterns:
                loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
            found = group(tests_of(loader.discover(str(folder))))
            with os.fdopen(write, "w") as out:
                json.dump([dataclasses.asdict(unit) for unit in found], out)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("tests/e2e/run: the tests cannot be listed")
    return [Unit(**unit) for unit in json.loads(text)]
