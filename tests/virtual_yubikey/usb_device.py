"""A whole YubiKey 5 (1050:0407) as a USB function: keyboard, FIDO and CCID interfaces. Knows nothing of how it is plugged in.

control() answers control requests, bulk_out() takes what comes in, messages() gives what is ready to go out."""
import heapq
import struct
import time

ANSWER_TO_RESET = bytes.fromhex("3bfd1300008131fe158073c021c057597562694b657940")
CONTROL_ABORT = 0x01


def endpoint(address, kind, size, interval):
    return struct.pack("<BBBBHB", 7, 5, address, kind, size, interval)


def interface(number, endpoints, klass, subclass=0, protocol=0):
    return struct.pack("<9B", 9, 4, number, 0, endpoints, klass, subclass, protocol, 0)


def hid(report):
    return struct.pack("<BBHBBBH", 9, 0x21, 0x110, 0, 1, 0x22, len(report))


KEYBOARD = bytes.fromhex("05010906a101050719e029e71500250175019508810295017508810105081901290395037501910295057501910105071900"
                         "29ff150026ff00950675088100c0")
FIDO = bytes.fromhex("06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")


class Yubikey:
    """Faults, all off: mute, extension_every (seconds; 0: none while a touch is awaited), spoil (changes every message).
    wire(direction, message) is told of every CCID message, > to the key and < from it."""

    def __init__(self, card, vendor=0x1050, product=0x0407, longest=3072, features=0x000400FE):
        self.card, self.vendor, self.product, self.longest = card, vendor, product, longest
        ccid = struct.pack("<BBHBBIIIBIIBIIIIIBBHBB", 54, 0x21, 0x100, 0, 7, 2, 4000, 4000, 0, 307200, 307200, 0, longest - 10, 0, 0, features, longest, 0xFF, 0xFF, 0, 0, 1)
        body = (interface(0, 1, 3, 1, 1) + hid(KEYBOARD) + endpoint(0x81, 3, 8, 10)
                + interface(1, 2, 3) + hid(FIDO) + endpoint(0x04, 3, 64, 2) + endpoint(0x84, 3, 64, 2)
                + interface(2, 3, 11) + ccid + endpoint(0x02, 2, 64, 0) + endpoint(0x82, 2, 64, 0) + endpoint(0x83, 3, 8, 32))
        self.configuration = struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 3, 1, 0, 0x80, 15) + body
        self.device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, vendor, product, 0x0543, 1, 2, 0, 1)
        self.strings = {1: "Yubico", 2: "YubiKey OTP+FIDO+CCID"}
        self.mute = False
        self.extension_every = 0.5
        self.spoil = None
        self.wire = lambda direction, message: None
        self.transfers = self.aborts = 0
        self.reset()

    def reset(self):
        """A bus reset: nothing is on its way, the card has no power."""
        self.out, self.ready, self.timers = b"", [], []
        self.powered, self.waiting, self.chained, self.rest = False, None, b"", b""
        self.configured = 0

    def control(self, kind, request, value, index, length):
        """Bytes to return, or None for a stall."""
        if (kind, request) == (0x80, 6):
            which, number = value >> 8, value & 0xFF
            if which == 3 and number in self.strings:
                text = self.strings[number].encode("utf-16-le")
                return (bytes([len(text) + 2, 3]) + text)[:length]
            known = {1: self.device, 2: self.configuration, 3: bytes([4, 3, 9, 4])}
            return known[which][:length] if which in known and number == 0 else None
        if (kind, request) == (0x81, 6) and value >> 8 == 0x22:
            return (KEYBOARD if index == 0 else FIDO)[:length]
        if kind in (0x80, 0x81, 0x82) and request == 0:
            return b"\0\0"[:length]
        if (kind, request) == (0x80, 8):
            return bytes([self.configured])
        if (kind, request) == (0x81, 10):
            return b"\0"
        if (kind, request) == (0x21, CONTROL_ABORT):
            self.waiting = None
            return b""
        if (kind, request) in ((0x00, 9), (0x01, 11), (0x02, 1), (0x21, 9), (0x21, 10), (0x21, 11)):
            self.configured = value if request == 9 and kind == 0 else self.configured
            return b""
        return None

    def bulk_out(self, data):
        self.out += data
        while len(self.out) >= 10:
            size = 10 + struct.unpack_from("<I", self.out, 1)[0]
            if len(self.out) < size:
                return
            message, self.out = self.out[:size], self.out[size:]
            self.wire(">", message)
            if not self.mute:
                self.command(message)

    def command(self, message):
        kind, slot, sequence = message[0], message[5], message[6]
        if kind == 0x62:
            if self.waiting:
                self.reply(0x80, slot, sequence, 0x40, 0xE0)
                return
            self.powered = True
            self.card.power_on()
            self.reply(0x80, slot, sequence, data=ANSWER_TO_RESET)
        elif kind == 0x63:
            self.powered = False
            self.reply(0x81, slot, sequence, 1)
        elif kind == 0x65:
            self.reply(0x81, slot, sequence, 0 if self.powered else 1)
        elif kind == 0x72:
            self.aborts += 1
            self.waiting = None
            self.reply(0x81, slot, sequence, 0 if self.powered else 1)
        elif kind in (0x61, 0x6C, 0x6D):
            self.reply(0x82, slot, sequence, chain=1, data=bytes.fromhex("1110001500fe00"))
        elif kind == 0x6F:
            self.transfer(slot, sequence, struct.unpack_from("<H", message, 8)[0], message[10:])
        else:
            self.reply(0x81, slot, sequence, 0x40)

    def transfer(self, slot, sequence, level, data):
        self.transfers += 1
        if not self.powered:
            self.reply(0x80, slot, sequence, 0x41, 0xFE)
        elif self.waiting:
            self.reply(0x80, slot, sequence, 0x40, 0xE0)
        elif level == 0x10:
            self.answer(slot, sequence, begun=True)
        elif level in (1, 3):
            self.chained += data
            self.reply(0x80, slot, sequence, chain=0x10)
        else:
            command, self.chained = self.chained + data, b""
            self.rest, wait = self.card.apdu(command)
            if wait:
                self.waiting = (slot, sequence)
                now = time.monotonic()
                heapq.heappush(self.timers, (now + wait, "answer", sequence))
                if self.extension_every:
                    heapq.heappush(self.timers, (now + self.extension_every, "extension", sequence))
            else:
                self.answer(slot, sequence)

    def answer(self, slot, sequence, begun=False):
        room = self.longest - 10
        part, self.rest = self.rest[:room], self.rest[room:]
        self.reply(0x80, slot, sequence, chain=(3 if self.rest else 2) if begun else (1 if self.rest else 0), data=part)

    def reply(self, kind, slot, sequence, status=0, error=0, chain=0, data=b""):
        message = struct.pack("<BIBBBBB", kind, len(data), slot, sequence, status, error, chain) + data
        self.ready.append(self.spoil(message) if self.spoil else message)
        self.wire("<", self.ready[-1])

    def tick(self):
        """Does what is due, and says when something will be (or None)."""
        while self.timers and self.timers[0][0] <= time.monotonic():
            due, what, sequence = heapq.heappop(self.timers)
            if self.waiting is None or self.waiting[1] != sequence:
                continue
            slot = self.waiting[0]
            if what == "extension":
                self.reply(0x80, slot, sequence, 0x80, 1)
                heapq.heappush(self.timers, (due + self.extension_every, "extension", sequence))
            else:
                self.waiting = None
                self.answer(slot, sequence)
        return self.timers[0][0] if self.timers else None
