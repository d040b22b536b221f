"""Puts a card into the virtual PC/SC reader of vsmartcard (vpcd), so that programs that talk to pcscd can use it.

vpcd listens on every address, so pcscd runs in a network of its own; its clients find it by a socket in /run. A card
connects. Messages have two length bytes, big end first; those of one byte are about power."""
import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

from mount_namespace import unshared

from .usb_device import ANSWER_TO_RESET

PORT = 0x8C7B
POWER_OFF, POWER_ON, RESET, GET_ANSWER_TO_RESET = 0, 1, 2, 4


CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
READER = "Virtual PCD 00 00"


def in_network_of(process, function):
    """What `function` returns inside the network namespace of a process; a namespace belongs to a thread."""
    result, errors = [], []

    def enter():
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            with open(f"/proc/{process}/ns/net") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            result.append(function())
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return result[0]


def loopback_up():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    return True


class Daemon:
    """pcscd with the virtual reader, until close(): this machine's, or that of another release in the folder `root` (ci/pcscd-root)."""

    def __init__(self, root=None):
        # It starts once the network is ready: its reader listens on what is there.
        start = 'read go; exec "$0" --foreground'
        program = shutil.which("pcscd", path=os.defpath + ":/usr/sbin")
        if root:
            start = 'read go; mount --rbind /run "$0/run" && mount --rbind /dev "$0/dev" && exec chroot "$0" /usr/sbin/pcscd --foreground --disable-polkit'
            program = str(root)
        self.process = subprocess.Popen([*unshared(), "--net", "sh", "-c", start, program],
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ours = os.stat("/proc/self/ns/net").st_ino
        while os.stat(f"/proc/{self.process.pid}/ns/net").st_ino == ours:
            time.sleep(0.01)
        in_network_of(self.process.pid, loopback_up)
        self.process.stdin.write(b"go\n")
        self.process.stdin.close()

    def close(self):
        self.process.terminate()
        self.process.wait()


class Inserted:
    """A card in the reader of a Daemon, until close()."""

    def __init__(self, daemon, card, seconds=10):
        self.daemon = daemon
        self.card = card
        self.pulled = threading.Event()
        self.socket = self.connect(seconds)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def connect(self, seconds):
        end = time.monotonic() + seconds
        while True:
            try:
                return in_network_of(self.daemon.process.pid, self.knock)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    @staticmethod
    def knock():
        """A reader that is busy drops what it cannot take yet; the kernel would try for two minutes."""
        made = socket.create_connection(("127.0.0.1", PORT), timeout=2)
        made.settimeout(None)
        return made

    def close(self):
        self.pulled.set()
        with contextlib.suppress(OSError):  # the reader was faster
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()

    def receive(self, size):
        data = b""
        while len(data) < size:
            # vpcd sends a length and then the rest, and the kernel holds the rest back until the length is acknowledged.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self.socket.recv(size - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def serve(self):
        while not self.pulled.is_set():
            with contextlib.suppress(OSError):
                self.converse()
            # A reader that still clears up after the card before throws out the one that has just come.
            if not self.pulled.wait(0.1):
                self.socket.close()
                with contextlib.suppress(OSError):
                    self.socket = self.connect(1)

    def wait_for_touch(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.card.touched.is_set():
            if self.pulled.wait(min(0.05, max(0, until - time.monotonic()))):
                return

    def converse(self):
        while True:
            message = self.receive(struct.unpack(">H", self.receive(2))[0])
            if len(message) > 1:
                answer, wait = self.card.apdu(message)
                self.wait_for_touch(wait)
            elif message[0] == GET_ANSWER_TO_RESET:
                answer = ANSWER_TO_RESET
            else:
                self.card.power_on()
                continue
            self.socket.sendall(struct.pack(">H", len(answer)) + answer)
