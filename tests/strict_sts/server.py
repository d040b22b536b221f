"""The strict STS on a loopback port, with or without TLS, and the certificates it needs."""
import contextlib
import http.server
import pathlib
import socket
import ssl
import subprocess
import threading
import urllib.parse
from email.utils import formatdate

from . import habits


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """HTTP/1.1, without a log. It refuses what Python's handler would do by itself and many servers do not: "100 Continue"."""
    protocol_version = "HTTP/1.1"
    sys_version = ""

    def setup(self):
        super().setup()
        if self.server.habit == "http-1.0":
            self.protocol_version = "HTTP/1.0"
        self.wfile = habits.Writer(self.server.habit, self.wfile)

    def handle_expect_100(self):
        self.send_error(417)
        return False

    def log_message(self, *_):
        pass


class Handler(QuietHandler):
    server_version = "strict-sts"

    def _serve(self):
        split = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = {"method": self.command, "path": split.path, "query": split.query, "headers": list(self.headers.raw_items()),
                   "body": self.rfile.read(length)}
        status, headers, body = self.server.service.answer(request)
        body = habits.dressed(self.server.answers, body)
        self.send_response_only(status)
        self.send_header("Date", formatdate(self.server.service.now(), usegmt=True))
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET = do_PUT = _serve


class TlsServer(http.server.ThreadingHTTPServer):
    """On a loopback port, over TLS when there is a certificate."""
    daemon_threads = True
    patience = 30.0  # seconds that a connection may be idle
    request_queue_size = 256

    def __init__(self, handler, certificate=None, port=0):
        super().__init__(("127.0.0.1", port), handler)
        self.habit, self.answers = habits.chosen
        self.context = None
        self.changed, self.accepted, self.open = threading.Condition(), None, set()  # client addresses: the last one, and those being served
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate.chain, certificate.key)
            habits.apply(self.habit, self.context)

    def finish_request(self, request, client_address):
        request.settimeout(self.patience)
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        if self.context and self.habit == "close-notify":
            request.settimeout(1)
            with contextlib.suppress(OSError, ValueError):
                request.unwrap()

    def process_request(self, request, client_address):
        with self.changed:
            self.accepted = client_address
            self.open.add(client_address)
            self.changed.notify_all()
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.changed:
                self.open.discard(client_address)
                self.changed.notify_all()

    def wait_until_idle(self, seconds=20):
        """Until every connection that was made before this call has been served. Connections are accepted in their order, so once
        one of our own is accepted, no earlier one waits."""
        with socket.create_connection(("127.0.0.1", self.port)) as probe, self.changed:
            ours = probe.getsockname()
            accepted = self.changed.wait_for(lambda: self.accepted == ours, seconds)
        with self.changed:
            assert accepted and self.changed.wait_for(lambda: not self.open, seconds), f"still served after {seconds} s: {self.open}"

    def handle_error(self, request, client_address):
        pass  # a client that goes away is part of the tests

    @property
    def port(self):
        return self.server_address[1]


class Server(TlsServer):
    def __init__(self, service, certificate=None, port=0):
        super().__init__(Handler, certificate, port)
        self.service = service


@contextlib.contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def running(service, certificate=None, port=0):
    return serving(Server(service, certificate, port))


class Certificate:
    def __init__(self, chain, key):
        self.chain, self.key = str(chain), str(key)


class Authority:
    """A certificate authority in a folder of its own, made by openssl(1)."""

    def __init__(self, folder, name="touchsts test CA"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bundle = str(self.folder / "ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def issue(self, label, names=("DNS:localhost",), days=30, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), usage="serverAuth",
              digest="sha256", start=None):
        """A server certificate. `days` may be negative for one that has expired."""
        self._openssl("req", "-newkey", *key, "-nodes", "-subj", "/CN=test server", "-keyout", f"{label}.key", "-out", f"{label}.csr")
        extensions = [f"extendedKeyUsage={usage}"] if usage else []
        extensions += [f"subjectAltName={','.join(names)}"] if names else []
        (self.folder / f"{label}.ext").write_text("\n".join(["basicConstraints=CA:FALSE", *extensions]) + "\n")
        self._openssl("x509", "-req", "-in", f"{label}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", f"-{digest}",
                      "-days", str(days), "-extfile", f"{label}.ext", "-out", f"{label}.pem")
        return Certificate(self.folder / f"{label}.pem", self.folder / f"{label}.key")
