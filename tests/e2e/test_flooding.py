"""Peers that never pause: each stage of a run ends by its deadline all the same, and holds nobody else up."""
import itertools
import json
import math
import os
import pathlib
import select
import socket
import ssl
import subprocess
import threading
import time
import unittest

from pace import slowness
from support import BINARY, SANITIZED, Case, authority, place
from test_network import Peer

GRACE = 3 if SANITIZED else 0.5  # seconds beyond a deadline

# Records in the clear, before keys are agreed upon: (the record, a pause between two of them).
RECORDS = {
    "warnings without end": (b"\x15\x03\x03\x00\x02\x01\x5a", 0),
    "change cipher specs without end": (b"\x14\x03\x03\x00\x01\x01", 0),
    "empty handshake records without end": (b"\x16\x03\x03\x00\x00", 0),
    "hello requests without end": (b"\x16\x03\x03\x00\x04\x00\x00\x00\x00", 0),
    "a warning every millisecond": (b"\x15\x03\x03\x00\x02\x01\x5a", 0.001),
    "a change cipher spec every millisecond": (b"\x14\x03\x03\x00\x01\x01", 0.001),
}


def flooding(piece, pause=0.0, first=b"", hear=True):
    """A peer that sends `first`, and then `piece` until the other side goes. It hears a request before, unless told otherwise."""
    def behave(connection):
        if hear:
            connection.recv(65536)
        connection.sendall(first)
        while True:
            connection.sendall(piece * (1 if pause else 1000))
            time.sleep(pause)
    return behave


def splice(connection, port):
    with socket.create_connection(("127.0.0.1", port)) as onward:
        both = [connection, onward]
        while True:
            for ready in select.select(both, [], [], 30)[0]:
                data = ready.recv(65536)
                if not data:
                    return
                both[ready is connection].sendall(data)


class UnixPeer:
    """The same as Peer, at a path."""

    def __init__(self, path, behave):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(8)
        self.behave = behave
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.treat, args=(connection,), daemon=True).start()

    def treat(self, connection):
        try:
            self.behave(connection)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def close(self):
        self.listener.close()


class Flooding(Case):
    def begin(self, where, *arguments, environment=None):
        """The process, and when it was begun."""
        return subprocess.Popen([BINARY, *arguments], env=where.environment | {"AWS_MAX_ATTEMPTS": "1"} | (environment or {}), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True), time.monotonic()

    def end(self, process, began, timeout):
        """(stdout, stderr, seconds); it must have ended by its deadline."""
        try:
            out, err = process.communicate(timeout=timeout + 60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"still running {timeout + 60} s later")
        seconds = time.monotonic() - began
        self.assert_took(seconds, timeout + GRACE, awaited=timeout)
        return out, err, seconds

    def check(self, name, process, began, timeout, code=7):
        with self.subTest(name):
            out, err, _ = self.end(process, began, timeout)
            self.assertEqual((process.returncode, out), (code, ""), err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_handshakes(self):
        with place() as where:
            peers = {name: Peer(flooding(piece, pause)) for name, (piece, pause) in RECORDS.items()}
            for name, peer in peers.items():
                own = where.folder / "own.toml"
                own.write_text(f'allowed_endpoints = ["https://localhost:{peer.port}"]\n')
                process, began = self.begin(where, "--config", str(own), "--timeout", "2", "credential-process", "--profile", "plain", "--no-cache",
                                            "--endpoint-url", f"https://localhost:{peer.port}")
                self.check(name, process, began, 2)
                peer.close()

    def test_tickets(self):
        """After the handshake of TLS 1.3: session tickets without end, before the answer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority().server.chain, authority().server.key)
        context.num_tickets = 10_000_000
        with place() as where:
            peer = Peer(lambda connection: connection.recv(65536), context)
            own = where.folder / "own.toml"
            own.write_text(f'allowed_endpoints = ["https://localhost:{peer.port}"]\n')
            process, began = self.begin(where, "--config", str(own), "--timeout", "3", "credential-process", "--profile", "plain", "--no-cache",
                                        "--endpoint-url", f"https://localhost:{peer.port}")
            out, err, _ = self.end(process, began, 3)
            self.assertEqual((process.returncode, out), (7, ""))
            self.assertIn("sends TLS records without end", err)
            peer.close()

    def test_proxies(self):
        for name, piece, pause, first in (("a header without end", b"X-A: b\r\n", 0, b"HTTP/1.1 200 OK\r\n"), ("a header that drips", b"X", 0.001, b"HTTP/1.1 200 OK\r\nX: "),
                                          ("a status line without end", b"H", 0, b"")):
            with place() as where:
                peer = Peer(flooding(piece, pause, first))
                (where.home / ".config/touchsts/config.toml").write_text('allowed_endpoints = ["https://sts.test.example"]\n')
                process, began = self.begin(where, "--timeout", "2", "credential-process", "--profile", "plain", "--no-cache", "--endpoint-url", "https://sts.test.example",
                                            environment={"HTTPS_PROXY": f"http://localhost:{peer.port}"})
                self.check(name, process, began, 2)
                peer.close()

    def test_pinentry(self):
        """A program that asks for the code, and one that only pretends to."""
        for name, lines in (("status", "S PROGRESS"), ("comments", "# x"), ("inquiries", "INQUIRE X"), ("data", "D x")):
            with place() as where:
                program = where.home / "pinentry"
                program.write_text(f"#!/bin/sh\necho OK\nread line\nyes '{lines}'\n")
                program.chmod(0o700)
                with open(where.home / ".aws/config", "a") as config:
                    config.write(f"[profile ops]\npinentry = {program}\n")
                process, began = self.begin(where, "--timeout", "3", "credential-process", "--profile", "ops")
                with self.subTest(name):
                    _, err, _ = self.end(process, began, 3)
                    self.assertEqual(err.count("\n"), 1, err)
                    self.assertIn(process.returncode, (5, 6, 8), err)

    def test_pcscd(self):
        """Bytes without end in the place of pcscd's messages, at once and one at a time."""
        path = pathlib.Path("/run/pcscd/pcscd.comm")
        if os.geteuid() != 0 or path.exists():
            self.skipTest("needs root, and no pcscd")
        path.parent.mkdir(exist_ok=True)
        for name, piece, pause, hear in (("zeros", b"\0" * 4096, 0, True), ("ones", b"\1\0\0\0", 0, True), ("before it is asked", b"\0" * 4096, 0, False), ("a byte every millisecond", b"\0", 0.001, True)):
            with place(own='[defaults]\npcsc_reader = "Virtual PCD"\n') as where:
                peer = UnixPeer(path, flooding(piece, pause, hear=hear))
                try:
                    process, began = self.begin(where, "--timeout", "3", "credential-process", "--profile", "ops", "--no-prompt")
                    with self.subTest(name):
                        out, err, _ = self.end(process, began, 3)
                        self.assertEqual(out, "")
                        self.assertEqual(err.count("\n"), 1, err)
                        self.assertIn(process.returncode, (5, 6, 8), err)
                finally:
                    peer.close()
                    path.unlink()

    def test_a_code_by_a_pipe(self):
        """A line without an end is no code."""
        with place() as where:
            (where.home / ".aws/credentials").write_text(f"[x-long-term]\naws_access_key_id = {where.user.access_key_id}\naws_secret_access_key = {where.user.secret}\n"
                                                         f"aws_mfa_device = {where.serial}\n")
            with subprocess.Popen(["sh", "-c", "yes x | tr -d '\\n'"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as endless:
                began = time.monotonic()
                done = where.run("aws-mfa", "--profile", "x", stdin=endless.stdout)
                endless.stdout.close()
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assert_took(time.monotonic() - began, 5)
            self.assertEqual(where.service.count(), 0)

    def test_secret_services(self):
        """A bus that floods while it lets us in, and one that floods with signals afterwards."""
        def authenticating(connection):
            connection.recv(4096)
            while True:
                connection.sendall(b"DATA\r\n" * 1000)

        def signalling(connection):
            buffer = b""
            while b"BEGIN" not in buffer:
                buffer += connection.recv(4096)
                if b"AUTH EXTERNAL" in buffer and b"NEGOTIATE" not in buffer and b"BEGIN" not in buffer:
                    connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
                if b"NEGOTIATE_UNIX_FD" in buffer and b"BEGIN" not in buffer:
                    connection.sendall(b"ERROR\r\n")
            # org.example.A.B from /a, without a body (D-Bus Specification, Message Format)
            fields = b"".join(bytes([code]) + b"\x01" + kind + b"\x00" + len(text).to_bytes(4, "little") + text + b"\x00" + b"\x00" * (-(len(text) + 1 + 8) % 8)
                              for code, kind, text in ((1, b"o", b"/a"), (2, b"s", b"org.example.A"), (3, b"s", b"B")))
            message = b"l\x04\x01\x01" + (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + len(fields).to_bytes(4, "little") + fields
            message += b"\x00" * (-len(message) % 8)
            while True:
                connection.sendall(message * 500)

        for name, behave in (("while it lets us in", authenticating), ("with signals", signalling)):
            with self.subTest(name), place() as where:
                bus = UnixPeer(where.folder / "bus", behave)
                environment = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={where.folder / 'bus'}", "TOUCHSTS_KEYRING": "off", "TOUCHSTS_KEY_FILE": ""}
                process, began = self.begin(where, "--timeout", "4", "credential-process", "--profile", "plain", environment=environment)
                out, err, _ = self.end(process, began, 4)
                self.assertEqual((process.returncode, err), (0, ""))  # what cannot be kept is got all the same
                self.assertIn("SecretAccessKey", out)
                bus.close()

    def test_the_next_run_is_held_up_no_longer_than_the_flood(self):
        """The first run of a profile is flooded; the second, which waits for it, has a good network; another profile is not delayed."""
        for name, (piece, pause) in (("at once", RECORDS["warnings without end"]), ("to the deadline", RECORDS["a warning every millisecond"])):
            with self.subTest(name), place() as where:
                number, reached = itertools.count(), threading.Event()

                def behave(connection):
                    first = next(number) == 0
                    reached.set()
                    (flooding(piece, pause) if first else lambda c: splice(c, real))(connection)

                real = where.port
                peer = Peer(behave)
                origin = f"https://localhost:{peer.port}"
                (where.home / ".config/touchsts/config.toml").write_text(f'allowed_endpoints = ["{origin}"]\n')
                environment = {"AWS_ENDPOINT_URL_STS": origin}
                other_role = where.service.add_role("other")
                with open(where.home / ".aws/config", "a") as config:
                    config.write(f"[profile other]\nrole_arn = {other_role}\nsource_profile = base\nregion = us-east-1\n")
                timeout = min(9, 5 * math.ceil(slowness()))  # the second run begins while the first is flooded; one call has 10 s
                flooded, began = self.begin(where, "--timeout", str(timeout), "credential-process", "--profile", "plain", environment=environment)
                self.assertTrue(reached.wait(timeout))
                if name == "at once":
                    flooded.wait(timeout)  # a run that waits for it by then shares its failure
                time.sleep(max(0, began + 1 - time.monotonic()))
                second, second_began = self.begin(where, "--timeout", "30", "credential-process", "--profile", "plain", environment=environment)
                apart, apart_began = self.begin(where, "--timeout", "30", "credential-process", "--profile", "other", environment=environment)
                out, err, seconds = self.end(apart, apart_began, 30)
                self.assertEqual((apart.returncode, err), (0, ""))
                self.assertTrue(name == "at once" or flooded.poll() is None)  # it did not wait for that
                self.assert_took(seconds, 4)
                _, err, _ = self.end(flooded, began, timeout)
                ended = time.monotonic()
                self.assertEqual(flooded.returncode, 7, err)
                out, err, _ = self.end(second, second_began, 30)
                self.assertEqual((second.returncode, err), (0, ""))
                self.assertIn("SecretAccessKey", json.loads(out))
                self.assert_took(time.monotonic() - ended, GRACE + 0.5)
                peer.close()


if __name__ == "__main__":
    unittest.main()
