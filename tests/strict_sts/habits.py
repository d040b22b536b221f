"""What servers do differently, on the wire and in their answers, where all of it is right.

A test gets one habit by its name (`choose`), so that the tests of a suite meet all of them, and the same one in every run. PEER_HABIT names one for all.
"""
import os
import re
import ssl
import zlib

# On the wire: HTTP/1.0 without keep-alive; one byte at a time; all of an answer in one record; no TLS 1.3; many session tickets; an end of the connection
# by the protocol. In the answers: those of other programs that stand in for STS.
WIRE = ("usual", "http-1.0", "drip", "one-record", "tls-1.2", "many-tickets", "close-notify")
ANSWERS = ("aws", "minio", "moto")
DRIPPED = 2048  # bytes of an answer that come one by one

chosen = ("usual", "aws")


def choose(name):
    """For the servers that the test of this name starts."""
    global chosen
    number = zlib.crc32(name.encode())
    chosen = tuple(os.environ["PEER_HABIT"].split("/")) if "PEER_HABIT" in os.environ else (WIRE[number % len(WIRE)], ANSWERS[number // len(WIRE) % len(ANSWERS)])


def apply(habit, context):
    """What a habit asks of TLS."""
    if habit == "tls-1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 10 if habit == "many-tickets" else 2


class Writer:
    """A handler's output that leaves as its habit wants."""

    def __init__(self, habit, file):
        self.habit, self.file, self.held = habit, file, b""

    def write(self, data):
        if self.habit == "one-record":
            self.held += data
        elif self.habit == "drip":
            for index in range(min(len(data), DRIPPED)):
                self.file.write(data[index:index + 1])
            self.file.write(data[DRIPPED:])
        else:
            self.file.write(data)
        return len(data)

    def flush(self):
        held, self.held = self.held, b""
        if held:
            self.file.write(held)
        self.file.flush()

    def __getattr__(self, name):
        return getattr(self.file, name)


def dressed(answers, body):
    """An answer of STS as other programs that stand in for it write it."""
    if answers == "minio":  # nine digits of a second, tokens that are JWTs: '.', '-' and '_'
        body = re.sub(rb"(<Expiration>[^<]*)Z</Expiration>", rb"\1.123456789Z</Expiration>", body)
    if answers == "moto":  # no namespace, another shape of errors
        body = re.sub(rb' xmlns="[^"]*"', b"", body)
        body = re.sub(rb"<Error>.*?</Error>", lambda error: b"<Errors>" + error[0] + b"</Errors>", body, flags=re.DOTALL)
    return body
