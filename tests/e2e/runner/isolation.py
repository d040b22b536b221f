"""Runs a unit with private processes, /tmp and /run/pcscd, by Linux namespaces. Needs root.

A PID namespace ends with its first process, and everything in it ends as well: nothing that a test starts outlives its unit,
and a search among all processes finds those of the unit alone."""
import ctypes
import os
import pathlib
import shutil
import signal
import tempfile

CLONE_NEWNS, CLONE_NEWPID = 0x20000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
SCRATCH = "touchsts-unit-"
SCRATCH_PARENT = os.environ.get("TMPDIR") or "/var/tmp"  # /tmp is in memory on many machines, and what is told from a disk
libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source, target, kind=None, flags=0, data=None):
    encoded = [text and str(text).encode() for text in (source, target, kind, data)]
    check(libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]), f"mount on {target}")


def end_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def make_private():
    """No mount of ours is seen outside. In a chroot the root is no mount point; then each mount below it is made private."""
    try:
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
    except OSError:
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            fields = line.split()
            if "shared:" in line.split(" - ")[0]:
                mount("none", fields[4].encode().decode("unicode_escape"), flags=MS_PRIVATE)


def replace_tmp(scratch, visible):
    """Puts the folder `scratch` in the place of /tmp; of the old one only the folders `visible` can still be reached."""
    below = {path: os.open(path, os.O_PATH) for path in sorted(str(folder) for folder in visible) if path.startswith("/tmp/") and os.path.isdir(path)}
    mount(scratch, "/tmp", flags=MS_BIND)
    for path, descriptor in below.items():
        os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{descriptor}", path, flags=MS_BIND | MS_REC)
        os.close(descriptor)


def enter(scratch, visible):
    """Returns in a new process that is isolated. The calling process waits for it, and exits with its status."""
    check(libc.unshare(CLONE_NEWNS | CLONE_NEWPID), "unshare")
    init = os.fork()
    if init:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(init, 0)[1]) & 255)
    end_with_parent()
    make_private()
    mount("proc", "/proc", "proc")
    os.makedirs("/run/pcscd", exist_ok=True)
    mount("tmpfs", "/run/pcscd", "tmpfs", data="mode=755")
    replace_tmp(scratch, visible)
    worker = os.fork()
    if worker:  # the namespace's first process: it reaps every process whose parent has ended
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == worker:
                os._exit(os.waitstatus_to_exitcode(status) & 255)
    os.environ["TMPDIR"] = tempfile.tempdir = "/tmp"


def make_scratch():
    """A new folder for the /tmp of a unit."""
    folder = tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=SCRATCH_PARENT)
    os.chmod(folder, 0o1777)
    return folder


def remove_stale_scratch():
    """Of runs that were killed."""
    for folder in pathlib.Path(SCRATCH_PARENT).glob(f"{SCRATCH}*-*"):
        if not pathlib.Path("/proc", folder.name.removeprefix(SCRATCH).split("-")[0]).exists():
            shutil.rmtree(folder, ignore_errors=True)


def unavailable():
    """Why units cannot be isolated here, or None. Tried in a child."""
    if os.geteuid() != 0:
        return "not root"
    before = pathlib.Path("/proc/self/mountinfo").read_text()
    scratch = make_scratch()
    result_read, result_write = os.pipe()
    release_read, release_write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(release_write)
            enter(scratch, [])
            os.write(result_write, b"+")
            os.read(release_read, 1)
        except OSError as error:
            os.write(result_write, str(error).encode())
        os._exit(0)
    os.close(result_write)
    os.close(release_read)
    answer = os.read(result_read, 1000).decode()
    seen = pathlib.Path("/proc/self/mountinfo").read_text() != before
    os.close(release_write)
    os.close(result_read)
    os.waitpid(child, 0)
    shutil.rmtree(scratch, ignore_errors=True)
    if answer != "+":
        return answer or "the isolated process ended"
    return "mounts of a new namespace are seen outside of it" if seen else None
