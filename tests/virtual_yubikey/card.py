"""The smart card inside a virtual YubiKey: the OATH, management and OTP applets behind SELECT.

Knows nothing of transports: apdu() takes a command APDU and returns the response APDU and how many seconds the key waits
for a touch before it gives it. Written from Yubico's "YKOATH Protocol"."""
import hashlib
import hmac
import os
import struct
import threading

OK, MORE = b"\x90\x00", 0x61
LOCKED, NO_SUCH_OBJECT, WRONG_DATA, NOT_FOUND, FULL = b"\x69\x82", b"\x69\x84", b"\x6a\x80", b"\x6a\x82", b"\x6a\x84"
CONDITIONS = b"\x69\x85"
NO_INSTRUCTION, WRONG_LENGTH, WRONG_PARAMETERS = b"\x6d\x00", b"\x67\x00", b"\x6b\x00"
OATH, MANAGEMENT, OTP, OPENPGP = (bytes.fromhex(aid) for aid in ("a0000005272101", "a000000527471117", "a0000005272001", "d27600012401"))
NO_DATA = b"\x6a\x88"
HASHES = {1: hashlib.sha1, 2: hashlib.sha256, 3: hashlib.sha512}
PART = 254  # bytes of one answer before SEND REMAINING
TOUCH_TIMEOUT = 15.0


def tlv(tag, value):
    size = len(value)
    if tag > 0xFF:
        return bytes([tag >> 8]) + tlv(tag & 0xFF, value)
    length = bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else bytes([0x82, size >> 8, size & 0xFF])
    return bytes([tag]) + length + value


def fields(data):
    """[(tag, value)]; the property tag 78 has one byte and no length."""
    found, at = [], 0
    while at < len(data):
        tag = data[at]
        if tag == 0x78:
            found.append((tag, data[at + 1:at + 2]))
            at += 2
            continue
        size, at = data[at + 1], at + 2
        if size > 0x80:
            more = size - 0x80
            size, at = int.from_bytes(data[at:at + more], "big"), at + more
        if at + size > len(data):
            raise ValueError("a length beyond the end")
        found.append((tag, data[at:at + size]))
        at += size
    return found


class Account:
    def __init__(self, kind, digits, key, touch, counter=0):
        self.kind, self.digits, self.key, self.touch, self.counter = kind, digits, key, touch, counter

    def digest(self, challenge):
        return hmac.new(self.key, challenge, HASHES[self.kind & 0x0F]).digest()

    def truncated(self, challenge):
        digest = self.digest(challenge)
        at = digest[-1] & 0x0F
        return bytes([self.digits]) + digest[at:at + 4]


class Oath:
    def __init__(self, version=(5, 4, 3), room=32):
        self.version, self.room = bytes(version), room
        self.overwrites = True  # PUT over an account of the same name; CanoKeys refuse it
        self.reset()

    def reset(self):
        self.salt, self.access_key, self.accounts = os.urandom(8), None, {}
        self.unlocked, self.challenge = True, b""

    def add(self, name, key, kind=0x21, digits=6, touch=False):
        self.accounts[name.encode()] = Account(kind, digits, key, touch)

    def select(self):
        answer = tlv(0x79, self.version) + tlv(0x71, self.salt)
        self.unlocked = self.access_key is None
        if not self.unlocked:
            self.challenge = os.urandom(8)
            answer += tlv(0x74, self.challenge) + tlv(0x7B, b"\x01")
        return answer + OK, False

    def run(self, instruction, p1, p2, data):
        """(answer with status word, whether a touch comes first)."""
        if instruction == 0x04:
            if (p1, p2) != (0xDE, 0xAD):
                return WRONG_PARAMETERS, False
            self.reset()
            return OK, False
        if instruction == 0xA3:
            return self.validate(dict(fields(data))), False
        if not self.unlocked:
            return LOCKED, False
        commands = {0x01: self.put, 0x02: self.delete, 0x03: self.set_code, 0x05: self.rename, 0xA1: self.list, 0xA2: self.calculate, 0xA4: self.calculate_all}
        if instruction not in commands:
            return NO_INSTRUCTION, False
        answer = commands[instruction](data, p2)
        return answer if isinstance(answer, tuple) else (answer, False)

    def validate(self, given):
        if self.access_key is None or not hmac.compare_digest(given.get(0x75, b""), hmac.new(self.access_key, self.challenge, "sha1").digest()):
            return WRONG_DATA
        self.unlocked = True
        return tlv(0x75, hmac.new(self.access_key, given[0x74], "sha1").digest()) + OK

    def put(self, data, _):
        given = dict(fields(data))
        name, key = given[0x71], given[0x73]
        if not 1 <= len(name) <= 64 or len(key) < 2 + 14:
            return WRONG_DATA
        if name in self.accounts and not self.overwrites:
            return CONDITIONS
        if name not in self.accounts and len(self.accounts) >= self.room:
            return FULL
        self.accounts[name] = Account(key[0], key[1], key[2:], bool(given.get(0x78, b"\0")[0] & 2), int.from_bytes(given.get(0x7A, b""), "big"))
        return OK

    def delete(self, data, _):
        return OK if self.accounts.pop(dict(fields(data))[0x71], None) else NO_SUCH_OBJECT

    def rename(self, data, _):
        (_, old), (_, new) = fields(data)
        if old not in self.accounts:
            return NO_SUCH_OBJECT
        if new in self.accounts or not 1 <= len(new) <= 64:
            return WRONG_DATA
        self.accounts[new] = self.accounts.pop(old)
        return OK

    def set_code(self, data, _):
        given = dict(fields(data))
        key = given[0x73]
        if not key:
            self.access_key = None
            return OK
        if not hmac.compare_digest(given[0x75], hmac.new(key[1:], given[0x74], "sha1").digest()):
            return WRONG_DATA
        self.access_key = key[1:]
        return OK

    def list(self, _, __):
        return b"".join(tlv(0x72, bytes([account.kind]) + name) for name, account in self.accounts.items()) + OK

    def calculate(self, data, p2):
        given = dict(fields(data))
        account = self.accounts.get(given[0x71])
        if account is None:
            return NO_SUCH_OBJECT
        challenge = given[0x74]
        if account.kind >> 4 == 1:
            challenge = struct.pack(">Q", account.counter)
            account.counter += 1
        if p2 == 1:
            return tlv(0x76, account.truncated(challenge)) + OK, account.touch
        return tlv(0x75, bytes([account.digits]) + account.digest(challenge)) + OK, account.touch

    def calculate_all(self, data, _):
        challenge = dict(fields(data))[0x74]
        answer = b""
        for name, account in self.accounts.items():
            answer += tlv(0x71, name)
            if account.kind >> 4 == 1:
                answer += tlv(0x77, bytes([account.digits]))
            elif account.touch:
                answer += tlv(0x7C, bytes([account.digits]))
            else:
                answer += tlv(0x76, account.truncated(challenge))
        return answer + OK


def openpgp_data(serial):
    """What GnuPG reads of an OpenPGP applet (OpenPGP card 3.4, 4.4.1) without keys."""
    aid = OPENPGP + bytes.fromhex("03040006") + bytes.fromhex(f"{serial:08d}") + b"\0\0"
    history = bytes.fromhex("00730000e0059000")
    about = tlv(0xC0, bytes.fromhex("7d000bfe080000ff0000")) + b"".join(tlv(tag, bytes.fromhex("010800001100")) for tag in (0xC1, 0xC2, 0xC3))
    about += tlv(0xC4, bytes.fromhex("007f7f7f030003")) + tlv(0xC5, bytes(60)) + tlv(0xC6, bytes(60)) + tlv(0xCD, bytes(12))
    return {0x004F: aid, 0x5F52: history, 0x006E: tlv(0x6E, tlv(0x4F, aid) + tlv(0x5F52, history) + tlv(0x73, about)),
            0x0065: tlv(0x65, tlv(0x5B, b"") + tlv(0x5F2D, b"") + tlv(0x5F35, b"9")), 0x007A: tlv(0x7A, tlv(0x93, bytes(3))), 0x00C4: bytes.fromhex("007f7f7f030003")}


class Card:
    """touch_after: seconds until somebody touches the key; None: nobody does. Commands are kept in `log` as hexadecimal."""

    def __init__(self, serial=12345678, version=(5, 4, 3)):
        self.serial, self.version = serial, version
        self.oath = Oath(version)
        self.openpgp = openpgp_data(serial or 0)
        self.touch_after, self.patience = 0.5, TOUCH_TIMEOUT
        self.touched = threading.Event()  # in a reader (vpcd.py): the touch comes now, before `touch_after` is over
        self.waits = self.touches = 0  # how often a touch was waited for, and came
        self.obeys_le = False  # a command without data and without Le gets no data (ISO 7816-4, as CanoKeys do); YubiKeys send it anyway
        self.disabled = set()  # applets that are switched off
        self.log = []
        self.power_on()

    def power_on(self):
        self.applet, self.rest, self.chained = None, b"", b""

    def apdu(self, command):
        """(response APDU, seconds of waiting for a touch before it)."""
        if len(command) < 4:
            return WRONG_LENGTH, 0
        cla, instruction, p1, p2 = command[:4]
        body = command[4:]
        if len(body) >= 3 and body[0] == 0:
            size, data = int.from_bytes(body[1:3], "big"), body[3:]
        else:
            size, data = (body[0], body[1:]) if len(body) > 1 else (0, b"")
        data = data[:size]
        self.log.append(command.hex())
        if cla & 0x10:
            self.chained += data
            return OK, 0
        data, self.chained = self.chained + data, b""
        try:
            answer, touch = self.dispatch(instruction, p1, p2, data)
        except (KeyError, ValueError, IndexError):
            answer, touch = WRONG_DATA, False
        most = 0 if self.obeys_le and len(command) == 4 else PART
        if not touch:
            return self.part(answer, most), 0
        self.waits += 1
        if self.touch_after is None or self.touch_after > self.patience:
            return LOCKED, self.patience
        self.touches += 1
        return self.part(answer, most), self.touch_after

    def dispatch(self, instruction, p1, p2, data):
        if instruction == 0xA4 and p1 == 0x04:
            return self.select(data)
        if self.applet == OATH and instruction == 0xA5 or self.applet != OATH and instruction == 0xC0:
            return self.rest, False
        if self.applet == OATH:
            return self.oath.run(instruction, p1, p2, data)
        if self.applet == MANAGEMENT and instruction == 0x1D:
            config = tlv(0x01, b"\x02\x3b") + (tlv(0x02, struct.pack(">I", self.serial)) if self.serial else b"") + tlv(0x03, b"\x02\x3b") + tlv(0x04, b"\x01") + tlv(0x05, bytes(self.version))
            return bytes([len(config)]) + config + OK, False
        if self.applet == OPENPGP and instruction == 0xCA:
            data = self.openpgp.get(p1 << 8 | p2)
            return (data + OK if data is not None else NO_DATA), False
        if self.applet == OTP and instruction == 0x01 and p1 == 0x10:
            return struct.pack(">I", self.serial) + OK, False
        return NO_INSTRUCTION, False

    def select(self, aid):
        known = [applet for applet in (OATH, MANAGEMENT, OTP, OPENPGP) if aid.startswith(applet) and applet not in self.disabled]
        if not known:
            return NOT_FOUND, False
        self.applet = known[0]
        if self.applet == OATH:
            return self.oath.select()
        if self.applet == OPENPGP:
            return OK, False
        text = "Virtual mgr - FW version {}.{}.{}".format(*self.version).encode()
        return (text if self.applet == MANAGEMENT else bytes(self.version) + b"\0\0\0") + OK, False

    def part(self, answer, most):
        """At most `most` bytes of an answer; the status word then says how many are left."""
        data, status = answer[:-2], answer[-2:]
        if len(data) <= most:
            self.rest = b""
            return data + status
        self.rest = data[most:] + status
        return data[:most] + bytes([MORE, min(len(data) - most, 0xFF)])
