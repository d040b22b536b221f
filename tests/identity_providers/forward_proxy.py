"""A proxy that takes every name for this machine, so that a site of the tests can have more than one host."""
import contextlib
import select
import socket

from .listener import Listener


class ForwardProxy(Listener):
    """CONNECT (RFC 9110, 9.3.6) to loopback, at the port that was asked for."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection):
        with contextlib.suppress(OSError, ValueError, IndexError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(4096)
                if not more:
                    return
                head += more
            port = int(head.split()[1].rsplit(b":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._tunnel(connection, onward)

    def _tunnel(self, connection, onward):
        both = [connection, onward]
        while True:
            for ready in select.select(both, [], [], 30)[0] or [None]:
                data = ready.recv(65536) if ready else b""
                if not data:
                    return
                both[ready is connection].sendall(data)
