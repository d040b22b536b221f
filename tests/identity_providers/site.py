"""A web site on a loopback port over TLS, and what was asked of it."""
import contextlib
import http.cookies
import json
import select
import socket
import ssl
import urllib.parse

from strict_sts.server import QuietHandler, TlsServer, serving

from .listener import Listener


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body

    @property
    def parameters(self):
        return dict(urllib.parse.parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self):
        """Pairs in the order in which they came."""
        return urllib.parse.parse_qsl(self.body.decode("utf-8"), keep_blank_values=True)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def cookies(self):
        return {name: morsel.value for name, morsel in http.cookies.SimpleCookie(self.headers.get("Cookie", "")).items()}


class Handler(QuietHandler):
    server_version = "site"

    def _serve(self):
        split = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, split.path, split.query, self.headers, body)
        self.server.requests.append(request)
        status, headers, body = self.server.answer(request)
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET = _serve


class Site(TlsServer):
    """`answer` is a function of a Request that gives (status, headers, body)."""

    def __init__(self, answer, certificate):
        super().__init__(Handler, certificate)
        self.answer, self.requests = answer, []

    @property
    def origin(self):
        return f"https://localhost:{self.port}"


def running(answer, certificate):
    return serving(Site(answer, certificate))


class TlsFront(Listener):
    """TLS in front of a program that speaks plain HTTP on a loopback port."""

    def __init__(self, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate.chain, certificate.key)
        self.behind = None  # port
        super().__init__()

    def serve(self, connection):
        with contextlib.suppress(OSError, ssl.SSLError):
            with self.context.wrap_socket(connection, server_side=True) as ours, socket.create_connection(("127.0.0.1", self.behind)) as theirs:
                while True:
                    ready = [ours] if ours.pending() else select.select([ours, theirs], [], [], 30)[0]
                    if not ready:
                        return
                    for one in ready:
                        data = one.recv(65536)
                        if not data:
                            return
                        (theirs if one is ours else ours).sendall(data)
