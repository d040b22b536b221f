"""Many processes that run beside each other."""
import contextlib
import os
import pathlib
import re
import subprocess
import time

from support import BINARY


def open_files(pid):
    """Where the descriptors of a process lead."""
    found = []
    with contextlib.suppress(OSError):  # it has ended
        for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(os.readlink(descriptor))
    return found


class Crowd:
    """Each process has a group of its own, and files for what it says."""

    def __init__(self, where):
        self.where, self.running, self.ended, self.ends = where, {}, [], {}
        self.folder = where.folder / f"crowd-{time.monotonic_ns()}"
        self.folder.mkdir()

    def start(self, *arguments, count=1):
        for _ in range(count):
            name = self.folder / str(len(self.running) + len(self.ended))
            with open(f"{name}.out", "wb") as out, open(f"{name}.err", "wb") as err:
                process = subprocess.Popen([BINARY, *arguments], env=self.where.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, process_group=0)
            self.running[process.pid] = (process, name)

    def wait(self, seconds=60):
        """What each said, in the order in which they ended: (exit code, stdout, stderr, when); `ends` has that by process, too."""
        until = time.monotonic() + seconds
        while self.running:
            assert time.monotonic() < until, f"{len(self.running)} still run"
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in self.running:
                process, name = self.running.pop(pid)
                process.returncode = os.waitstatus_to_exitcode(status)
                self.ends[pid] = time.monotonic()
                self.ended.append((process.returncode, pathlib.Path(f"{name}.out").read_text(), pathlib.Path(f"{name}.err").read_text(), self.ends[pid]))
            elif pid == 0:
                time.sleep(0.002)
        return self.ended

    def at_locks(self):
        """The processes of ours that have a lock, or wait for one."""
        locks = str(self.where.home / ".cache/touchsts/locks") + "/"
        return [pid for pid in self.running if any(target.startswith(locks) for target in open_files(pid))]

    def lock_owners(self):
        """The processes of ours that hold a lock."""
        locks = {file.stat().st_ino for file in (self.where.home / ".cache/touchsts/locks").glob("*")}
        owners = re.findall(r"FLOCK +ADVISORY +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+)", pathlib.Path("/proc/locks").read_text())
        return [int(pid) for pid, inode in owners if int(inode) in locks and int(pid) in self.running]
