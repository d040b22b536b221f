"""The home of support.Place inside a virtual machine with virtual YubiKeys."""
import pathlib
import tempfile
import time

from support import BINARY, Place, authority
from strict_sts.server import running
from virtual_yubikey.card import Card
from virtual_yubikey.machine import HOST_NAME, Machine
from virtual_yubikey.usb_device import Yubikey


class Guest:
    """A place whose program runs in a virtual machine with two USB ports; its STS runs on this machine."""

    def __init__(self, more_files=None):
        self.folder = tempfile.TemporaryDirectory(prefix="touchsts-e2e-")
        self.place = Place(self.folder.name)
        self.server = running(self.place.service, authority().issue("guest", names=(f"DNS:{HOST_NAME}",)))
        self.place.configure(self.server.__enter__().port, host=HOST_NAME)
        files = {"bin/touchsts": (0o755, pathlib.Path(BINARY).read_bytes()), "guest/ca.pem": (0o644, pathlib.Path(authority().bundle).read_bytes())}
        files |= more_files or {}
        for path in self.place.home.rglob("*"):
            if path.is_file():
                # The program has another place there.
                files[f"guest/{path.relative_to(self.place.home)}"] = (0o600, path.read_bytes().replace(BINARY.encode(), b"/bin/touchsts"))
        start = time.monotonic()
        self.machine = Machine(files)
        self.boot = time.monotonic() - start
        self.machine.run(f"export AWS_ENDPOINT_URL_STS={self.place.environment['AWS_ENDPOINT_URL_STS']} AWS_CA_BUNDLE=/guest/ca.pem TOUCHSTS_KEY_FILE=/guest/key; chmod 700 /guest /guest/.aws")
        # Empty ports: nothing is there until somebody connects.
        self.cards = [Card(serial=12345678 + number) for number in range(2)]
        self.keys = [Yubikey(card) for card in self.cards]
        self.plugs = [None, None]

    def close(self):
        self.machine.__exit__()
        self.server.__exit__(None, None, None)
        self.folder.cleanup()
