"""Plugs a usb_device.Yubikey into QEMU's `-device usb-redir`, over a UNIX socket (usbredir protocol, version 0.7)."""
import selectors
import socket
import struct
import threading
import time

HELLO, CONNECT, DISCONNECT, RESET, INTERFACES, ENDPOINTS, SET_CONFIG, GET_CONFIG, CONFIG, SET_ALT, GET_ALT, ALT = range(12)
START_INTERRUPT, STOP_INTERRUPT, INTERRUPT_STATUS, CANCEL, ACKNOWLEDGE = 15, 16, 17, 21, 24
CONTROL, BULK, INTERRUPT = 100, 101, 103
STALLED, CANCELLED, FAILED = 4, 1, 2
LONG_IDS, LONG_BULK = 1 << 5, 1 << 6
ABILITIES = 0x7E
FULL_SPEED = 1
BULK_IN = 0x82


class Plug:
    """One QEMU device and the thread that serves it. All calls from outside go through do()."""

    def __init__(self, path, device):
        self.device = device
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(500):
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                time.sleep(0.02)
        self.buffer, self.peer, self.reads = b"", None, []
        self.stall_out = self.stall_in = 0
        self.plugged = True
        self.lock = threading.Lock()
        self.wake, self.woken = socket.socketpair()
        self.send(HELLO, 0, b"virtual yubikey".ljust(64, b"\0") + struct.pack("<I", ABILITIES))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def do(self, action):
        """Runs action(self) between two messages."""
        with self.lock:
            result = action(self)
        self.wake.send(b"x")
        return result

    def unplug(self):
        self.do(lambda plug: plug.detach())

    def plug_in(self):
        self.do(lambda plug: plug.attach())

    def close(self):
        self.socket.close()

    def send(self, kind, number, data):
        long_ids = self.peer is not None and self.peer & LONG_IDS
        self.socket.sendall(struct.pack("<IIQ" if long_ids else "<III", kind, len(data), number) + data)

    def attach(self):
        columns = zip(*[(0, 3, 1, 1), (1, 3, 0, 0), (2, 11, 0, 0)])
        self.send(INTERFACES, 0, struct.pack("<I", 3) + b"".join(bytes(column).ljust(32, b"\0") for column in columns))
        kinds, intervals, owners, sizes = [255] * 32, [0] * 32, [0] * 32, [0] * 32
        kinds[0] = kinds[16] = 0
        sizes[0] = sizes[16] = 64
        for address, kind, owner, size, interval in ((0x81, 3, 0, 8, 10), (0x04, 3, 1, 64, 2), (0x84, 3, 1, 64, 2), (0x02, 2, 2, 64, 0), (0x82, 2, 2, 64, 0), (0x83, 3, 2, 8, 32)):
            at = (address & 15) | ((address & 0x80) >> 3)
            kinds[at], owners[at], sizes[at], intervals[at] = kind, owner, size, interval
        self.send(ENDPOINTS, 0, bytes(kinds) + bytes(intervals) + bytes(owners) + struct.pack("<32H", *sizes))
        self.send(CONNECT, 0, struct.pack("<BBBBHHH", FULL_SPEED, 0, 0, 0, self.device.vendor, self.device.product, 0x0543))
        self.plugged = True

    def detach(self):
        self.send(DISCONNECT, 0, b"")
        self.device.reset()
        self.reads = []
        self.plugged = False

    def serve(self):
        selector = selectors.DefaultSelector()
        selector.register(self.socket, selectors.EVENT_READ)
        selector.register(self.woken, selectors.EVENT_READ)
        while True:
            with self.lock:
                due = self.device.tick()
                self.pump()
            ready = [key.fileobj for key, _ in selector.select(max(0, due - time.monotonic()) if due else None)]
            if self.woken in ready:
                self.woken.recv(4096)
            if self.socket in ready:
                try:
                    data = self.socket.recv(65536)
                except OSError:
                    return
                if not data:
                    return
                with self.lock:
                    self.feed(data)

    def pump(self):
        while self.reads and self.device.ready:
            number, size = self.reads.pop(0)
            message = self.device.ready.pop(0)
            if message[size:]:
                self.device.ready.insert(0, message[size:])
            self.bulk(number, BULK_IN, 0, message[:size])

    def bulk(self, number, endpoint, status, data=b"", size=None):
        size = len(data) if size is None else size
        self.send(BULK, number, struct.pack("<BBHIH", endpoint, status, size & 0xFFFF, 0, size >> 16) + data)

    def feed(self, data):
        self.buffer += data
        while True:
            header = 16 if self.peer is not None and self.peer & LONG_IDS else 12
            if len(self.buffer) < header:
                return
            kind, size = struct.unpack_from("<II", self.buffer)
            if len(self.buffer) < header + size:
                return
            number = int.from_bytes(self.buffer[8:header], "little")
            body, self.buffer = self.buffer[header:header + size], self.buffer[header + size:]
            self.handle(kind, number, body)

    def handle(self, kind, number, body):
        if kind == HELLO:
            self.peer = struct.unpack_from("<I", body, 64)[0] & ABILITIES if len(body) >= 68 else 0
            if self.plugged:
                self.attach()
        elif kind == RESET:
            self.device.reset()
            self.reads = []
        elif kind == SET_CONFIG:
            self.device.configured = body[0]
            self.send(CONFIG, number, bytes([0, body[0]]))
        elif kind == GET_CONFIG:
            self.send(CONFIG, number, bytes([0, self.device.configured]))
        elif kind in (SET_ALT, GET_ALT):
            self.send(ALT, number, bytes([0, body[0], body[1] if kind == SET_ALT else 0]))
        elif kind in (START_INTERRUPT, STOP_INTERRUPT):
            self.send(INTERRUPT_STATUS, number, bytes([0, body[0]]))
        elif kind == CONTROL:
            self.control(number, body)
        elif kind == BULK:
            self.bulk_packet(number, body)
        elif kind == INTERRUPT:
            self.send(INTERRUPT, number, struct.pack("<BBH", body[0], 0, struct.unpack_from("<H", body, 2)[0]))
        elif kind == CANCEL:
            if any(read[0] == number for read in self.reads):
                self.reads = [read for read in self.reads if read[0] != number]
                self.bulk(number, BULK_IN, CANCELLED)

    def control(self, number, body):
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", body)
        answer = self.device.control(kind, request, value, index, length)
        data = answer if answer and kind & 0x80 else b""
        size = 0 if answer is None else len(data) if kind & 0x80 else length
        self.send(CONTROL, number, struct.pack("<BBBBHHH", endpoint, request, kind, STALLED if answer is None else 0, value, index, size) + data)

    def bulk_packet(self, number, body):
        endpoint, _, low, _, high = struct.unpack_from("<BBHIH", body)
        size = low | high << 16
        if endpoint & 0x80:
            if self.stall_in:
                self.stall_in -= 1
                self.bulk(number, endpoint, STALLED)
            else:
                self.reads.append((number, size))
        elif self.stall_out:
            self.stall_out -= 1
            self.bulk(number, endpoint, STALLED)
        else:
            self.device.bulk_out(body[10:])
            self.bulk(number, endpoint, 0, size=size)
