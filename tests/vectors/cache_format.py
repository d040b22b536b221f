#!/usr/bin/python3
"""Opens the worked example of docs/cache-format.md by what the document says, with Python's cryptography package."""
import hmac
import pathlib
import re
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROOT = pathlib.Path(__file__).resolve().parents[2]


def hkdf(key, salt, info):
    return hmac.digest(hmac.digest(salt or bytes(32), key, "sha256"), info + b"\x01", "sha256")


def sized(text):
    return struct.pack("<I", len(text)) + text


def fields(plaintext):
    def take():
        nonlocal plaintext
        size = struct.unpack_from("<I", plaintext)[0]
        value, plaintext = plaintext[4:4 + size], plaintext[4 + size:]
        return value.decode()

    key_id, secret, token, account = take(), take(), take(), take()
    expires, = struct.unpack_from("<Q", plaintext)
    plaintext = plaintext[8:]
    boot = take()
    since, = struct.unpack_from("<Q", plaintext)
    assert len(plaintext) == 8
    return key_id, secret, token, account, expires, boot, since


text = (ROOT / "docs/cache-format.md").read_text()
example = bytes.fromhex("".join(re.findall(r"^    ([0-9a-f]{2,})$", text, re.M)))
tested = "".join(re.findall(r'"([0-9a-f]{2,96})"', (ROOT / "tests/unit/cache/format_test.cpp").read_text().split("worked example")[1].split(");")[0]))
assert example.hex() == tested, "the document's example is not the unit test's"

master, identity = b"0123456789abcdef0123456789abcdef", b"identity"
magic, major, minor, kind, aead, flags, key_id, salt, nonce, length, not_after, written = struct.unpack_from("<8sHHBBH16s32s12sIQQ", example)
assert (magic, major, minor, kind, aead, flags) == (b"TSTSC\r\n\x1a", 1, 0, 2, 1, 0)
assert key_id == hmac.digest(master, b"key-id", "sha256")[:16]
assert len(example) == 96 + length + 16
key = hkdf(master, salt, b"touchsts/1 entry" + bytes([kind]))
plaintext = AESGCM(key).decrypt(nonce, example[96:], example[:96] + sized(identity))
assert fields(plaintext) == ("ASIAEXAMPLE", "secret", "token", "123456789012", 1700003600, "boot", 1000), fields(plaintext)
assert (not_after, written) == (1700003600, 1700000000)
name = hmac.digest(hkdf(master, b"", b"touchsts/1 names"), identity, "sha256")[:16].hex()
assert name in text, name
print("1 passed, 0 failed")
sys.exit(0)
