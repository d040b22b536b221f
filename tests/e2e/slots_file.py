"""The file of key slots after docs/cache-format.md, by other programs' cryptography."""
import hashlib
import hmac
import os
import struct
import subprocess
import sys

MAGIC = b"TSTSK\r\n\x1a"


def key_id(master):
    return hmac.digest(master, b"key-id", "sha256")[:16]


def worked_on(passphrase, method, lanes, memory, passes, salt):
    if method == 2:
        return hashlib.pbkdf2_hmac("sha256", passphrase, salt, passes)
    # In a process of its own: tests measure the memory of their children, which begin as large as they are.
    program = "import sys, argon2.low_level as a; p, s, *n = sys.argv[1:]; n = list(map(int, n)); print(a.hash_secret_raw(bytes.fromhex(p), bytes.fromhex(s), *n, 32, a.Type.ID).hex())"
    command = [sys.executable, "-c", program, passphrase.hex(), salt.hex(), str(passes), str(memory), str(lanes)]
    return bytes.fromhex(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def associated(identity, head):
    return struct.pack("<I", 15) + b"touchsts slot 1" + identity + head


def write(master, passphrase, method=1, lanes=1, memory=8, passes=1):
    """A store whose passphrase costs next to nothing."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(32), os.urandom(12)
    head = struct.pack("<BBBBII", 2, method, lanes, 0, memory, passes) + salt
    wrapped = AESGCM(worked_on(passphrase, method, lanes, memory, passes, salt)).encrypt(nonce, master, associated(key_id(master), head))
    data = MAGIC + struct.pack("<HH", 1, 1) + key_id(master) + head + nonce + wrapped
    return data + hashlib.sha256(data).digest()[:8]


def read(data, passphrase):
    """The master key; fails unless the file is as documented, with one slot of a passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    magic, version, count, identity = struct.unpack_from("<8sHH16s", data)
    assert (magic, version, count, len(data)) == (MAGIC, 1, 1, 28 + 104 + 8)
    assert hashlib.sha256(data[:-8]).digest()[:8] == data[-8:]
    holder, method, lanes, zero, memory, passes, salt, nonce, wrapped = struct.unpack_from("<BBBBII32s12s48s", data, 28)
    assert (holder, zero) == (2, 0)
    assert method == 1 or (lanes, memory) == (0, 0)
    master = AESGCM(worked_on(passphrase, method, lanes, memory, passes, salt)).decrypt(nonce, wrapped, associated(identity, data[28:72]))
    assert key_id(master) == identity
    return master
