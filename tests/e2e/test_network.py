"""Hostile and broken peers: each ends by the deadline, in its documented exit code, in one line, in little memory."""
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import select
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from pace import slowness
from support import BINARY, SANITIZED, Authority, Case, authority, habits, place, readable_by_others, shared_folder

DEADLINE = 2  # seconds, on a machine that is not slow


def take(connection):
    """Reads the whole request: who closes on unread bytes resets the connection, and the answer is lost."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(rest) < length:
        rest += connection.recv(65536)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(connection, data, pause=0.2):
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pause)


def hold(connection):
    """Says nothing until the other side goes."""
    connection.settimeout(30)
    while connection.recv(65536):
        pass


def flood(connection, piece, times=100000):
    for _ in range(times):
        connection.sendall(piece)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


def credentials(key_id="ASIAEXAMPLEEXAMPLE12", token="dG9rZW4=", expires="2099-01-01T00:00:00Z"):
    return (f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>c2VjcmV0</SecretAccessKey>"
            f"<SessionToken>{token}</SessionToken><Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>").encode()


def body(content, extra=b""):
    return OK + extra + b"Content-Length: %d\r\n\r\n" % len(content) + content


# Peers below TLS: what each does with the raw connection, and the exit codes that are right.
RAW = {
    "closes at once": (lambda c: c.close(), {7}),
    "resets at once": (reset, {7}),
    "says nothing": (hold, {7}),
    "sends garbage": (lambda c: (c.sendall(os.urandom(300)), hold(c)), {7}),
    "floods garbage": (lambda c: flood(c, b"\x00" * 65536), {7}),
    "speaks plain HTTP": (lambda c: (c.sendall(body(b"<a/>")), hold(c)), {7}),
    "speaks SSH": (lambda c: (c.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), hold(c)), {7}),
    "drips its hello": (lambda c: drip(c, b"\x16\x03\x03\x40\x00" + b"\x02" * 200), {7}),
    "announces a huge record": (lambda c: (c.sendall(b"\x16\x03\x03\xff\xff" + b"\x02\x00\xff\xff" * 2000), hold(c)), {7}),
    "answers with an alert": (lambda c: (c.recv(1000), c.sendall(b"\x15\x03\x03\x00\x02\x02\x28"), hold(c)), {7}),
}

# Peers above TLS: what each does instead of a proper answer.
ABOVE = {
    "resets after the handshake": (reset, {7}),
    "closes after the handshake": (lambda c: c.close(), {7}),
    "closes after the request": (lambda c: (take(c), c.close()), {7}),
    "resets in the middle": (lambda c: (take(c), c.sendall(OK + b"Content-Length: 500\r\n\r\nabc"), reset(c)), {7}),
    "never answers": (hold, {7}),
    "drips the status line": (lambda c: (take(c), drip(c, b"HTTP/1.1 200 OK\r\n" * 9)), {7}),
    "drips headers": (lambda c: (take(c), c.sendall(b"HTTP/1.1 200 OK\r\n"), drip(c, b"X-A: b\r\n" * 9)), {7}),
    "drips the body": (lambda c: (take(c), c.sendall(OK + b"Content-Length: 1000\r\n\r\n"), drip(c, b"x" * 100)), {7}),
    "cuts the body short": (lambda c: (take(c), c.sendall(OK + b"Content-Length: 500\r\n\r\n<a>"), c.close()), {7, 8}),
    "announces 20 GB": (lambda c: (take(c), c.sendall(OK + b"Content-Length: 20000000000\r\n\r\nabc"), hold(c)), {7, 8}),
    "sends a negative length": (lambda c: (take(c), c.sendall(OK + b"Content-Length: -5\r\n\r\nabc"), hold(c)), {7, 8}),
    "sends a length of letters": (lambda c: (take(c), c.sendall(OK + b"Content-Length: abc\r\n\r\nabc"), hold(c)), {7, 8}),
    "sends a chunk of -2": (lambda c: (take(c), c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n" + b"A" * 99), hold(c)), {7, 8}),
    "sends a chunk of 2^64-1": (lambda c: (take(c), c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nAAA"), hold(c)), {7, 8}),
    "sends chunks without end": (lambda c: (take(c), c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n"), flood(c, b"10000\r\n" + b"A" * 65536 + b"\r\n")), {8}),
    "sends a body without end": (lambda c: (take(c), c.sendall(OK + b"\r\n"), flood(c, b"A" * 65536)), {8}),
    "sends a million headers": (lambda c: (take(c), c.sendall(b"HTTP/1.1 200 OK\r\n"), flood(c, b"X-A: b\r\n" * 1000, 1000)), {7, 8}),
    "sends a header of a megabyte": (lambda c: (take(c), c.sendall(b"HTTP/1.1 200 OK\r\nX-A: "), flood(c, b"b" * 65536, 16)), {7, 8}),
    "sends a reason phrase of 32 KB": (lambda c: (take(c), c.sendall(b"HTTP/1.1 200 " + b"A" * 32768 + b"\r\nContent-Length: 2\r\n\r\nok"), c.close()), {7, 8}),
    "continues without end": (lambda c: (take(c), flood(c, b"HTTP/1.1 100 Continue\r\n\r\n", 2000000)), {7, 8}),
    "redirects to http": (lambda c: (take(c), c.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), c.close()), {8}),
    "redirects to another host": (lambda c: (take(c), c.sendall(b"HTTP/1.1 307 T\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n"), c.close()), {8}),
    "says 407": (lambda c: (take(c), c.sendall(b"HTTP/1.1 407 P\r\nProxy-Authenticate: Digest realm=x,nonce=y\r\nContent-Length: 0\r\n\r\n"), c.close()), {4}),
    "says 401 without a body": (lambda c: (take(c), c.sendall(b"HTTP/1.1 401 U\r\nContent-Length: 0\r\n\r\n"), c.close()), {4}),
    "says 204": (lambda c: (take(c), c.sendall(b"HTTP/1.1 204 N\r\n\r\n"), c.close()), {8}),
    "says 500": (lambda c: (take(c), c.sendall(b"HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"), c.close()), {7}),
    "speaks HTTP/0.9": (lambda c: (take(c), c.sendall(b"<html>hello</html>"), c.close()), {7, 8}),
    "speaks HTTP/2": (lambda c: (take(c), c.sendall(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18), c.close()), {7, 8}),
    "sends a portal's page": (lambda c: (take(c), c.sendall(body(b"<html><body>Please log in</body></html>")), c.close()), {8}),
    "sends JSON": (lambda c: (take(c), c.sendall(body(b"{}")), c.close()), {8}),
    "sends gzip": (lambda c: (take(c), c.sendall(body(b"\x1f\x8b\x08" + b"\x00" * 50, b"Content-Encoding: gzip\r\n")), c.close()), {8}),
    "sends gzip as a transfer coding": (lambda c: (take(c), c.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n\x1f\x8b\x08" + b"\x00" * 50), c.close()), {8}),
    "sends gzip in chunks": (lambda c: (take(c), c.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\n\x1f\x8b\x08\r\n0\r\n\r\n"), c.close()), {8}),
    "sends an entity bomb": (lambda c: (take(c), c.sendall(body(b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 999 + b'">]><a>&b;</a>')), c.close()), {8}),
    "sends deep XML": (lambda c: (take(c), c.sendall(body(b"<a>" * 60000)), c.close()), {8}),
    "sends a key that breaks JSON": (lambda c: (take(c), c.sendall(body(credentials(key_id='ASIA&quot;,&quot;x&quot;:&quot;'))), c.close()), {8}),
    "sends a token with controls": (lambda c: (take(c), c.sendall(body(credentials(token="a\x1b[2Jb"))), c.close()), {8}),
    "sends an expiry of 2099": (lambda c: (take(c), c.sendall(body(credentials())), c.close()), {8}),
    "sends an error with escapes": (lambda c: (take(c), c.sendall(
        b"HTTP/1.1 403 F\r\nContent-Length: 92\r\n\r\n<ErrorResponse><Error><Code>A\x1b[31m</Code><Message>x\r\ny\xc2\x9b</Message></Error></ErrorResponse>   "), hold(c)), {4}),
}


class Peer:
    """A listener that treats every connection in the same bad way."""

    def __init__(self, behave, context=None):
        self.behave, self.context = behave, context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
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
            connection.settimeout(30)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.behave(connection)
        except (OSError, ValueError):
            pass
        finally:
            try:
                connection.close()
            except OSError:
                pass

    def close(self):
        self.listener.close()


def context_of(certificate, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if "ciphers" in options:
        context.set_ciphers(options["ciphers"])
    context.load_cert_chain(certificate.chain, certificate.key)
    if "newest" in options:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = options["newest"]
    return context


def peak_memory(process):
    """In KiB; 0 when it has ended."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    except ProcessLookupError:
        return 0
    return int(found[1]) if found else 0


class Network(Case):
    def setUp(self):
        self.deadline = min(9, DEADLINE * round(slowness()))  # one call has 10 s

    def ask(self, where, port, **options):
        """Asks for a role at localhost:port; returns (exit code, stdout, stderr, seconds, peak RSS in KiB)."""
        origin = f"{options.pop('scheme', 'https')}://{options.pop('host', 'localhost')}:{port}"
        own = where.folder / f"own-{port}-{time.monotonic_ns()}.toml"
        own.write_text(f'allowed_endpoints = ["{origin}"]\n')
        environment = where.environment | {"AWS_MAX_ATTEMPTS": "1"} | options.pop("environment", {})
        start = time.monotonic()
        child = subprocess.Popen(
            [BINARY, "--config", str(own), "--timeout", str(self.deadline), "credential-process", "--profile", "plain", "--no-cache", "--endpoint-url", origin],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        peak = 0
        while True:
            try:
                out, err = child.communicate(timeout=0.01)
                return child.returncode, out.decode(), err.decode(), time.monotonic() - start, peak
            except subprocess.TimeoutExpired:
                # What wait4 tells begins with the memory of who started it, which is us.
                peak = max(peak, peak_memory(child.pid))

    def check(self, name, codes, outcome):
        code, out, err, seconds, memory = outcome
        with self.subTest(name):
            self.assertIn(code, codes, err)
            self.assertEqual(out, "")
            self.assertEqual(err.count("\n"), 1, err)
            self.assertTrue(all(ord(c) >= 32 for c in err[:-1]), repr(err))
            self.assert_took(seconds, self.deadline + (3 if SANITIZED else 0.7), awaited=self.deadline)
            self.assertTrue(SANITIZED or memory < 32 * 1024, memory)

    def test_hostile_peers(self):
        good = context_of(authority().server)
        peers = {name: (Peer(behave), codes) for name, (behave, codes) in RAW.items()}
        peers |= {name: (Peer(behave, good), codes) for name, (behave, codes) in ABOVE.items()}
        self.assertGreaterEqual(len(peers), 40)
        with place() as where, concurrent.futures.ThreadPoolExecutor(4) as pool:
            asked = {name: pool.submit(self.ask, where, peer.port) for name, (peer, _) in peers.items()}
            for name, (peer, codes) in peers.items():
                self.check(name, codes, asked[name].result())
                peer.close()
            for name in ("sends gzip", "sends gzip as a transfer coding", "sends gzip in chunks"):
                self.assertIn("is compressed, which was not asked for", asked[name].result()[2])

    def test_certificates(self):
        ca = authority()
        other = Authority(shared_folder() / "other", "another CA")
        rsa = lambda bits: ("rsa", "-pkeyopt", f"rsa_keygen_bits:{bits}")
        answer = lambda c: (take(c), c.sendall(b"HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n"), c.close())
        weak = "DEFAULT@SECLEVEL=0"
        cases = {  # name: (context, exit codes, part of the text)
            "a good certificate": (context_of(ca.server), {4}, "403"),
            "a good RSA certificate": (context_of(ca.issue("rsa", key=rsa(2048))), {4}, "403"),
            "TLS 1.2": (context_of(ca.server, newest=ssl.TLSVersion.TLSv1_2), {4}, "403"),
            "expired": (context_of(ca.issue("expired", days=-1)), {7}, "expired"),
            "another host": (context_of(ca.issue("host", names=["DNS:example.com"])), {7}, "another host"),
            "no names": (context_of(ca.issue("nameless", names=[])), {7}, "another host"),
            "an address as name": (context_of(ca.issue("ip", names=["IP:127.0.0.1"])), {7}, "another host"),
            "a client's certificate": (context_of(ca.issue("client", usage="clientAuth")), {7}, "not for TLS servers"),
            "an unknown authority": (context_of(other.issue("server")), {7}, "not signed by an authority"),
            "self-signed": (context_of(type(ca.server)(other.folder / "ca.pem", other.folder / "ca.key")), {7}, ""),
            "SHA-1": (context_of(ca.issue("sha1", key=rsa(2048), digest="sha1"), ciphers=weak), {7}, "signature is too weak"),
            "RSA of 1024 bits": (context_of(ca.issue("short", key=rsa(1024)), ciphers=weak), {7}, "too weak"),
            "TLS 1.1": (context_of(ca.server, ciphers=weak, newest=ssl.TLSVersion.TLSv1_1), {7}, ""),
        }
        readable_by_others(shared_folder())
        with place() as where:
            for name, (context, codes, part) in cases.items():
                peer = Peer(answer, context)
                outcome = self.ask(where, peer.port)
                self.check(name, codes, outcome)
                self.assertIn(part, outcome[2], name)
                peer.close()

    def test_what_servers_do_differently(self):
        """Each habit is what its name says, and is no matter to us. Other tests meet one of them each (strict_sts/habits)."""
        for wire, answers in [*((wire, "aws") for wire in habits.WIRE), *(("usual", answers) for answers in habits.ANSWERS)]:
            with self.subTest(wire=wire, answers=answers):
                habits.chosen = (wire, answers)
                with place() as where:
                    done = where.run("credential-process", "--profile", "plain")
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    token = json.loads(done.stdout)["SessionToken"]
                    self.assertEqual("." in token, answers == "minio")
                    denied = where.run("credential-process", "--profile", "ops", "--token-code", "000000")
                    self.assert_fails(denied, 4, "AccessDenied: MultiFactorAuthentication failed")
                    pieces, version, ended = self.raw(where.port)
                    whole = b"".join(pieces)
                    self.assertEqual(whole.startswith(b"HTTP/1.0"), wire == "http-1.0")
                    self.assertEqual(len(pieces[0]) == 1, wire == "drip")
                    self.assertEqual(len(pieces) == 1, wire == "one-record")
                    self.assertEqual(version, "TLSv1.2" if wire == "tls-1.2" else "TLSv1.3")
                    self.assertEqual(where.server.context.num_tickets, 10 if wire == "many-tickets" else 2)
                    self.assertEqual(ended, wire == "close-notify")
                    self.assertEqual(b"xmlns" in whole, answers != "moto")
                    self.assertEqual(b"<Errors>" in whole, answers == "moto")

    def raw(self, port):
        """The pieces of an answer to nonsense as they come, the version of TLS, and whether the connection ends by the protocol."""
        context = ssl.create_default_context(cafile=authority().bundle)
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        with socket.create_connection(("localhost", port)) as plain, context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            pieces, version = [], connection.version()
            try:
                while piece := connection.recv(65536):
                    pieces.append(piece)
                return pieces, version, True
            except ssl.SSLError:
                return pieces, version, False

    def test_ca_bundles(self):
        with place() as where:
            port = where.port
            for content, part in [(None, "No such file"), ("", "no PEM certificate"), ("-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n", "broken"),
                                  ("-----BEGIN CERTIFICATE-----\nMIIB", "broken")]:
                bundle = where.folder / "bundle.pem"
                bundle.unlink(missing_ok=True)
                if content is not None:
                    bundle.write_text(content)
                self.check(f"bundle {content!r}", {3}, outcome := self.ask(where, port, environment={"AWS_CA_BUNDLE": str(bundle)}))
                self.assertIn(part, outcome[2])
            self.check("empty variable", {3}, self.ask(where, port, environment={"AWS_CA_BUNDLE": ""}))
            untrusting = {key: value for key, value in where.environment.items() if key != "AWS_CA_BUNDLE"}
            where.environment = untrusting
            self.check("the system's authorities do not know ours", {7}, outcome := self.ask(where, port))
            self.assertIn("not signed by an authority that we trust", outcome[2])

    @unittest.skipIf(SANITIZED, "the sanitized binary is not static")
    def test_without_any_ca_file_the_built_in_roots_are_used(self):
        if os.geteuid() != 0:
            self.skipTest("needs root for chroot")
        import shutil, tempfile
        with place() as where, tempfile.TemporaryDirectory() as root:
            shutil.copy(BINARY, f"{root}/touchsts")
            shutil.copytree(where.home, f"{root}{where.home}")
            environment = {key: value for key, value in where.environment.items() if key != "AWS_CA_BUNDLE"}
            done = subprocess.run(["chroot", root, "/touchsts", "credential-process", "--profile", "plain"], env=environment, capture_output=True, text=True, timeout=60)
            self.assert_fails(done, 7, "trusting built in")

    def test_addresses_names_and_ports(self):
        with place() as where:
            closed = socket.create_server(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            closed.close()
            self.check("a closed port", {7}, self.ask(where, port))
            self.check("https to an address", {3}, self.ask(where, where.port, host="127.0.0.1"))
            self.check("an unknown name", {7}, outcome := self.ask(where, 443, host="no-such-host.invalid"))
            self.assertIn("no-such-host.invalid", outcome[2])
            self.check("http elsewhere", {3}, self.ask(where, 80, host="example.com", scheme="http"))

    def test_plain_http_to_loopback_if_listed(self):
        with place(tls=False) as where:
            done = where.run("credential-process", "--profile", "plain")
            self.assertEqual(done.returncode, 0, done.stderr)
            (where.home / ".config/touchsts/config.toml").write_text("")
            self.assert_fails(where.run("credential-process", "--profile", "plain"), 3, "is not one of AWS's", "allowed_endpoints")

    def test_proxies(self):
        """Loopback never goes through a proxy, so the endpoint is another name that only the proxy can resolve."""
        seen = []

        def proxy(answer, tunnel_to=None):
            def behave(connection):
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
                seen.append(head.decode())
                connection.sendall(answer)
                if tunnel_to:
                    with socket.create_connection(("127.0.0.1", tunnel_to)) as onward:
                        both = [connection, onward]
                        while True:
                            for ready in select.select(both, [], [], 10)[0]:
                                data = ready.recv(65536)
                                if not data:
                                    return
                                both[ready is connection].sendall(data)
            return Peer(behave)

        certificate = authority().issue("proxied", names=["DNS:sts.test.example"])
        readable_by_others(shared_folder())
        from support import running
        with place() as where, running(where.service, certificate) as server:
            good = proxy(b"HTTP/1.1 200 Connection established\r\nX-A: b\r\n\r\n", server.port)
            ask = lambda peer, user="": self.ask(where, 443, host="sts.test.example", environment={"HTTPS_PROXY": f"http://{user}localhost:{peer.port}"})
            code, out, err, *_ = ask(good, "ada:p%40ss@")
            self.assertEqual(code, 0, err)
            self.assertIn("CONNECT sts.test.example:443 HTTP/1.1\r\nHost: sts.test.example:443\r\nProxy-Authorization: Basic YWRhOnBAc3M=\r\n\r\n", seen[-1])
            for name, answer, part in [("407", b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user name and password"),
                                       ("403", b"HTTP/1.1 403 Forbidden\r\n\r\n", "refuses"), ("garbage", b"hello\r\n\r\n", "refuses"),
                                       ("nothing", b"", ""), ("long header", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000, "")]:
                bad = proxy(answer)
                self.check(f"proxy says {name}", {7}, outcome := ask(bad))
                self.assertIn(part, outcome[2])
                bad.close()
            self.check("a proxy by https", {3}, self.ask(where, 443, host="sts.test.example", environment={"HTTPS_PROXY": "https://localhost:1"}))
            code, _, err, *_ = self.ask(where, 443, host="sts.test.example", environment={"HTTPS_PROXY": f"http://localhost:{good.port}", "NO_PROXY": ".example"})
            self.assertEqual(code, 7, err)  # excepted, so the name is looked up here, where nobody knows it
            good.close()

    def test_a_real_proxy(self):
        tinyproxy = "/usr/bin/tinyproxy"
        if not os.path.exists(tinyproxy):
            self.skipTest("tinyproxy is not installed")
        probe = socket.create_server(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        with place() as where:
            configuration = where.folder / "tinyproxy.conf"
            configuration.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 10\nAllow 127.0.0.1\nBasicAuth ada secret\nLogLevel Critical\n")
            child = subprocess.Popen([tinyproxy, "-d", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                for _ in range(100):
                    try:
                        socket.create_connection(("127.0.0.1", port)).close()
                        break
                    except OSError:
                        time.sleep(0.05)
                # The proxy itself finds no such host: it says so, and that is what we must pass on.
                for user, part in (("ada:secret@", "refuses the connection"), ("ada:wrong@", "refuses the connection")):
                    code, out, err, *_ = self.ask(where, 443, host="sts.test.example", environment={"HTTPS_PROXY": f"http://{user}localhost:{port}"})
                    self.assertEqual(code, 7, err)
                    self.assertIn(part, err)
            finally:
                child.terminate()
                child.wait()

    def test_large_bodies_leave_at_once(self):
        """Peers that ignore "Expect: 100-continue" (most do), that answer it late, or refuse it: nobody is asked for it."""
        policy = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"%s"}]}' % ("x" * 1500)
        seen = []

        def peer(version, late=0.0):
            def behave(connection):
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                seen.append(head)
                length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
                body_so_far = head.split(b"\r\n\r\n", 1)[1]
                if b"expect:" in head.lower():
                    time.sleep(late)
                    connection.sendall(version + b" 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
                    return
                while len(body_so_far) < length:
                    body_so_far += connection.recv(65536)
                content = credentials(expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)))
                connection.sendall(version + b" 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
            return behave

        def context(newest, tickets):
            made = context_of(authority().server, newest=newest)
            made.num_tickets = tickets
            return made

        kinds = {"http": None, "TLS 1.2": context(ssl.TLSVersion.TLSv1_2, 0), "TLS 1.3 without tickets": context(ssl.TLSVersion.TLSv1_3, 0),
                 "TLS 1.3 with two tickets": context(ssl.TLSVersion.TLSv1_3, 2), "TLS 1.3 with many tickets": context(ssl.TLSVersion.TLSv1_3, 50)}
        with place() as where:
            with open(where.home / ".aws/config", "a") as config:
                config.write(f"[profile plain]\npolicy = {policy}\n")
            for name, tls in kinds.items():
                for version in (b"HTTP/1.1", b"HTTP/1.0"):
                    with self.subTest(name, version=version):
                        answering = Peer(peer(version, late=0.7), tls)
                        code, out, err, seconds, _ = self.ask(where, answering.port, scheme="https" if tls else "http")
                        self.assertEqual(code, 0, err)
                        self.assert_took(seconds, 3 if SANITIZED else 0.6)
                        self.assertNotIn(b"expect:", seen[-1].lower())
                        answering.close()
            self.assertGreater(min(int(re.search(rb"content-length: (\d+)", head.lower())[1]) for head in seen), 1024)

    def test_a_large_body_on_a_connection_that_was_opened_early(self):
        """The connection opens while the code is awaited; a small request and a large one follow at once."""
        policy = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"%s"}]}' % ("x" * 1500)
        opened, heads, requests = [], [], []  # `requests` by connection

        def behave(connection):
            number = len(opened)
            opened.append(time.time())
            requests.append(0)
            file = connection.makefile("rb")
            while first := file.readline():
                head = first
                while (line := file.readline()) not in (b"\r\n", b""):
                    head += line
                heads.append(head)
                requests[number] += 1
                sent = file.read(int(re.search(rb"content-length: (\d+)", head.lower())[1]))
                content = credentials(expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)))
                if b"Action=GetSessionToken" in sent:
                    content = content.replace(b"AssumeRole", b"GetSessionToken")
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)

        ways = (None, context_of(authority().server, newest=ssl.TLSVersion.TLSv1_2), context_of(authority().server))
        # A role of more than an hour takes the code itself: the large request is on the early connection.
        for tls, (seconds, counts) in itertools.product(ways, ((3600, [1, 1]), (7200, [1]))):
            for seen in (opened, heads, requests):
                seen.clear()
            with self.subTest(tls=tls and tls.maximum_version, seconds=seconds), place() as where:
                given = where.folder / "given"
                program = where.folder / "code"
                program.write_text(f"#!/bin/sh\nsleep 1\ndate +%s.%N > {given}\necho 123456\n")
                program.chmod(0o755)
                with open(where.home / ".aws/config", "a") as config:
                    config.write(f"[profile ops]\npolicy = {policy}\nduration_seconds = {seconds}\n")
                peer = Peer(behave, tls)
                origin = f"{'https' if tls else 'http'}://localhost:{peer.port}"
                (where.home / ".config/touchsts/config.toml").write_text(f'allowed_endpoints = ["{origin}"]\n[defaults]\nmfa_process = "{program}"\n')
                done = where.run("credential-process", "--profile", "ops", "--no-cache", "--endpoint-url", origin)
                answered = time.time()
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assert_took(answered - float(given.read_text()), 3 if SANITIZED else 0.6)
                self.assertLess(opened[0], float(given.read_text()))  # before there was a code
                self.assertEqual(requests, counts)  # the first one was opened early, and used
                self.assertNotIn(b"expect:", b"".join(heads).lower())
                peer.close()

    def test_headers_as_identity_providers_send_them(self):
        """Long lines and many of them; one too many is told as such."""
        def peer(fields):
            def behave(connection):
                take(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(good) + good)
            return Peer(behave, context_of(authority().server))

        good = credentials(expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)))
        with place() as where:
            for name, fields, code, part in (("a line of 60 KB", b"X-A: " + b"b" * 60000 + b"\r\n", 0, ""), ("200 lines", b"X-A: %3Bb\r\n" * 200, 0, ""),
                                             ("65 KB", (b"X-A: " + b"b" * 1000 + b"\r\n") * 66, 8, "has more than 64 KiB"), ("300 lines", b"X-A: b\r\n" * 300, 8, "more than 256 header fields")):
                with self.subTest(name):
                    answering = peer(fields)
                    done, out, err, *_ = self.ask(where, answering.port)
                    self.assertEqual(done, code, err)
                    self.assertIn(part, err)
                    answering.close()

    def test_retries_and_their_limit(self):
        with place() as where:
            fail = lambda request: (503, [], b"")
            where.service.faults += [fail, fail]
            done = where.run("credential-process", "--profile", "plain")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(where.service.count(), 3)
            where.service.faults += [fail] * 3
            self.assert_fails(where.run("credential-process", "--profile", "plain", "--renew-session"), 7, "503")

    def test_an_outage_is_bridged_by_what_is_still_good(self):
        with place() as where:
            where.service.duration_override = 600
            self.assertEqual(where.run("credential-process", "--profile", "plain").returncode, 0)
            where.service.faults += [lambda request: (503, [], b"")] * 3
            done = where.run("credential-process", "--profile", "plain")
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
