"""What a key store costs: nothing on a hit while it is unlocked, one derivation of its key for any number of processes."""
import os
import subprocess

from crowd import Crowd
from figures import row, spawn
from support import BINARY, place

MANY = 200
PASSPHRASE = "correct horse"


def all_figures(spawn_program):
    with place() as where:
        where.login()
        key_file = where.environment.pop("TOUCHSTS_KEY_FILE")
        where.environment["TOUCHSTS_KEYRING"] = "user"
        log = where.folder / "log"
        logged = ["--log-level", "debug", "--log-file", str(log)]
        read, write = os.pipe()
        os.write(write, PASSPHRASE.encode())
        os.close(write)
        made = where.run("setup", "--passphrase", "--passphrase-fd", str(read), pass_fds=(read,))
        assert made.returncode == 0, made.stderr
        os.close(read)
        store = where.folder / "store"  # its sessions, beside those of the key file
        where.environment["XDG_CACHE_HOME"] = str(store)
        try:
            where.run("cache", "lock")
            where.environment["TOUCHSTS_PASSPHRASE"] = PASSPHRASE
            crowd = Crowd(where)
            crowd.start(*logged, "credential-process", "--profile", "plain", count=MANY)
            ended = crowd.wait()
            del where.environment["TOUCHSTS_PASSPHRASE"]
            assert {code for code, _, _, _ in ended} == {0}, [err for _, _, err, _ in ended if err][:3]
            derived = log.read_text().count("a passphrase is tried")
            row(f"{MANY} processes with a passphrase: derivations of its key", derived, "", "1", derived == 1)
            log.unlink()
            plain = [BINARY, "credential-process", "--profile", "plain"]
            subprocess.run([BINARY, *logged, *plain[1:]], env=where.environment, check=True, capture_output=True)
            derived = log.read_text().count("a passphrase is tried")
            row("  of a hit afterwards", derived, "", "0", derived == 0)
            with_file = [f"TOUCHSTS_KEY_FILE={key_file}", f"XDG_CACHE_HOME={where.home}/.cache"]
            subprocess.run(plain, env=where.environment | dict(pair.split("=", 1) for pair in with_file), check=True, capture_output=True)
            (unlocked, _), (file, _) = spawn(spawn_program, where, 2000, plain, [*with_file, *plain])
            row("a hit with an unlocked passphrase against a key file", f"{unlocked / file:.2f}", "x", "<= 1.15", unlocked / file <= 1.15)
        finally:
            where.run("cache", "lock")
