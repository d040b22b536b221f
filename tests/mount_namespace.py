"""Commands that mount something where nothing else sees it. Needs root."""
import functools
import os
import pathlib
import subprocess
import tempfile
import unittest

# $1: a folder, $2: a process outside. Ends with 0 when the outside sees what is mounted here.
PROBE = 'mount -t tmpfs none "$1" || exit 2; grep -q " $1 " "/proc/$2/mountinfo"; seen=$?; umount "$1"; exit $seen'


@functools.cache
def unshared():
    """The words before a command that is to have mounts of its own. Skips the test where they would be seen outside."""
    if any(line.split()[4] == "/" for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
        return ["unshare", "--mount"]
    # In a chroot the root is no mount point, and unshare(1) cannot make it private.
    words = ["unshare", "--mount", "--propagation", "unchanged"]
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run([*words, "sh", "-c", PROBE, "sh", folder, str(os.getpid())], capture_output=True).returncode == 0:
            raise unittest.SkipTest("mounts of a new namespace are seen outside of it")
    return words
