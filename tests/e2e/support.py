"""What the end-to-end tests share: a home of its own, the strict STS, and running the program under test."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from strict_sts import habits  # noqa: E402
from strict_sts.server import Authority, running  # noqa: E402
from strict_sts.service import Service  # noqa: E402

from pace import exceeds  # noqa: E402

BINARY = os.environ.get("TOUCHSTS_BINARY", str(ROOT / "out/x86_64-linux-musl/touchsts"))
SANITIZED = any(part in BINARY for part in ("/build/dev/", "/build/coverage/")) or BINARY.endswith("under_valgrind")  # sizes and system calls are not the release's
MANY = 40 if SANITIZED else 200  # runs beside each other; a sanitized one takes ten times as long
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

_shared = _authority = None


def shared_folder():
    """For what all tests of this process share; made when it is first asked for, so that a process that forks has none."""
    global _shared
    if _shared is None:
        _shared = pathlib.Path(tempfile.mkdtemp(prefix="touchsts-e2e-"))
    return _shared


def authority():
    """One certificate authority for all tests of this process."""
    global _authority
    if _authority is None:
        _authority = Authority(shared_folder() / "ca")
        _authority.server = _authority.issue("server")
        readable_by_others(shared_folder())
    return _authority


def readable_by_others(folder):
    """Tests that run the program as another user need the certificates."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def clean_up():
    if _shared:
        shutil.rmtree(_shared, ignore_errors=True)


class Place:
    """A home with a user ada, a role that needs MFA and one that does not, and an STS that knows them."""

    def __init__(self, folder, service=None, port=None):
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "home"
        self.service = service or Service()
        self.user = self.service.add_user("ada")
        self.serial = next(iter(self.user.mfa))
        self.role = self.service.add_role("ops", needs_mfa=True, max_duration=43200)
        self.plain_role = self.service.add_role("plain")
        self.port = port
        self.environment = {}
        (self.home / ".aws").mkdir(parents=True)
        (self.home / ".config/touchsts").mkdir(parents=True)
        self.home.chmod(0o700)

    def configure(self, port, scheme="https", host="localhost", extra="", own=""):
        self.port = port
        origin = f"{scheme}://{host}:{port}"
        config = self.home / ".aws/config"
        config.write_text(
            f"[profile ops]\nrole_arn = {self.role}\nsource_profile = base\nmfa_serial = {self.serial}\nregion = us-east-1\n"
            f"[profile plain]\nrole_arn = {self.plain_role}\nsource_profile = base\nregion = us-east-1\n"
            f"[profile cli]\nregion = us-east-1\ncredential_process = {BINARY} credential-process --profile ops\n" + extra)
        config.chmod(0o600)
        credentials = self.home / ".aws/credentials"
        credentials.write_text(f"[base]\naws_access_key_id = {self.user.access_key_id}\naws_secret_access_key = {self.user.secret}\n")
        credentials.chmod(0o600)
        (self.home / ".config/touchsts/config.toml").write_text(f'allowed_endpoints = ["{origin}"]\n{own}')
        key = self.home / "key"
        key.write_bytes(os.urandom(32))
        key.chmod(0o600)
        self.environment = {"HOME": str(self.home), "PATH": PATH, "LANG": "C.UTF-8", "AWS_ENDPOINT_URL_STS": origin,
                            "AWS_CA_BUNDLE": authority().bundle, "TOUCHSTS_KEY_FILE": str(key), "AWS_EC2_METADATA_DISABLED": "true"}
        # What a sanitized binary reads.
        self.environment |= {name: os.environ[name] for name in ("LLVM_PROFILE_FILE", "ASAN_OPTIONS") if name in os.environ}

    def own_profile(self, name, keys):
        """One more profile with the user's own keys."""
        with open(self.home / ".aws/config", "a") as config:
            config.write(f"[profile {name}]\n{keys}")
        with open(self.home / ".aws/credentials", "a") as credentials:
            credentials.write(f"[{name}]\naws_access_key_id = {self.user.access_key_id}\naws_secret_access_key = {self.user.secret}\n")

    def run(self, *arguments, environment=None, **options):
        limit, began = options.pop("timeout", 60), time.monotonic()
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("start_new_session", True)  # no controlling terminal, whoever runs the tests
        done = subprocess.run([BINARY, *arguments], env=self.environment | (environment or {}), capture_output=True, text=True, timeout=max(limit, 60), **options)
        if exceeds(time.monotonic() - began, limit):
            raise subprocess.TimeoutExpired(done.args, limit, done.stdout, done.stderr)
        return done

    def add_roles(self, count):
        """Profiles for `count` more roles behind the same MFA device."""
        names = [f"team{number}" for number in range(count)]
        with open(self.home / ".aws/config", "a") as config:
            for name in names:
                config.write(f"[profile {name}]\nrole_arn = {self.service.add_role(name, needs_mfa=True)}\nsource_profile = base\n"
                             f"mfa_serial = {self.serial}\nregion = us-east-1\n")
        return names

    def entries(self):
        """The files of the cache."""
        return [entry for entry in (self.home / ".cache/touchsts").glob("*") if entry.name != "locks"]

    def forget(self):
        """As if nobody had asked for anything before: nothing is cached, no code is spent."""
        shutil.rmtree(self.home / ".cache/touchsts", ignore_errors=True)
        self.service.used_steps.clear()

    def login(self, profile="ops"):
        done = self.run("credential-process", "--profile", profile, "--token-code", self.service.fresh_code(self.user))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextlib.contextmanager
def place(tls=True, **options):
    with tempfile.TemporaryDirectory(prefix="touchsts-e2e-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        made = Place(folder)
        with running(made.service, authority().server if tls else None) as server:
            made.server = server
            made.configure(server.port, "https" if tls else "http", **options)
            yield made


class Case(unittest.TestCase):
    def run(self, result=None):
        habits.choose(self.id())
        return super().run(result)

    def assert_took(self, seconds, limit, awaited=0):
        """`seconds` are not more than `limit`, of which `awaited` is waiting; a slow machine gets more (pace.py)."""
        self.assertFalse(exceeds(seconds, limit, awaited), f"{seconds:.2f} s, and not at most {limit}")

    def assert_fails(self, done, code, *parts):
        """One clear line, the documented exit code, nothing on stdout."""
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("touchsts: "), done.stderr)
        self.assertLess(len(done.stderr), 4096)
        for part in parts:
            self.assertIn(part, done.stderr)


def memory_of(process):
    """All that a process has in memory and can read, as bytes. Needs root."""
    found = []
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            begin, end = (int(number, 16) for number in span.split("-"))
            if rights.startswith("r") and "[v" not in line:
                memory.seek(begin)
                try:
                    found.append(memory.read(end - begin))
                except OSError:
                    pass
    return b"".join(found)


def processes_with(text):
    """The numbers of the processes that have `text` in their command lines; name a folder of the test's own."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(text).encode() in file.read_bytes():
                found.append(int(file.parts[2]))
        except OSError:  # it has ended
            pass
    return found


def without_seccomp():
    """What makes the process that calls it, and those that it starts, unable to filter system calls. Skips the test without python3-seccomp."""
    try:
        import seccomp
    except ImportError:
        raise unittest.SkipTest("python3-seccomp is not installed") from None

    def deny():
        rules = seccomp.SyscallFilter(seccomp.ALLOW)
        rules.add_rule(seccomp.ERRNO(22), "prctl", seccomp.Arg(0, seccomp.EQ, 22))  # PR_SET_SECCOMP
        rules.add_rule(seccomp.ERRNO(22), "seccomp")
        rules.load()
    return deny


def wait_for(condition, seconds=10):
    """What `condition` gives, once that is true; a slow machine gets more time (pace.py)."""
    began = time.monotonic()
    while not exceeds(time.monotonic() - began, seconds):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")
