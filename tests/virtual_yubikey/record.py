#!/usr/bin/python3
"""record.py: has the shipped binary talk to a virtual YubiKey in a virtual machine, and writes what went over the wire to
tests/vectors/exchanges. The unit tests replay it (tests/unit/cli/replay_test.cpp).

A file begins with what the program had to know: its arguments, the time, its random bytes, what it was asked for and what it
said. Then come the CCID messages in hexadecimal: > to the key, < from it."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests")]
sys.dont_write_bytecode = True

from guest import Guest  # noqa: E402
from support import clean_up  # noqa: E402
from virtual_yubikey.card import Card  # noqa: E402
from virtual_yubikey.usb_device import Yubikey  # noqa: E402
from virtual_yubikey.usbredir import Plug  # noqa: E402

SEED = b"12345678901234567890"
NOW = 1893456000


def random_bytes(messages):
    """The first sequence number, less one, and the challenge of VALIDATE (P1 and P2 are zero, the last TLV is ours)."""
    found = bytes([(messages[0][1][6] - 1) & 0xFF])
    for direction, message in messages:
        if direction == ">" and message[0] == 0x6F and message[10:14] == bytes.fromhex("00a30000"):
            found += re.search(rb"\x74\x08(.{8})$", message, re.S)[1]
    return found


def record(world, plug, name, arguments, prepare, typed=()):
    card = Card()
    key = Yubikey(card)
    prepare(card)
    messages = []
    key.wire = lambda direction, message: messages.append((direction, message))
    plug.do(lambda it: setattr(it, "device", key))
    plug.plug_in()
    world.machine.wait_for_devices(1)
    world.machine.run(f"date -s @{NOW}")
    world.machine.start("touchsts " + arguments)
    for prompt, text in typed:
        world.machine.expect(prompt)
        world.machine.type(text + "\n")
    status, output = world.machine.finish()
    plug.unplug()
    world.machine.wait_for_devices(0)
    lines = [f"arguments {arguments}", f"time {NOW}", f"random {random_bytes(messages).hex()}", *(f"typed {text}" for _, text in typed), f"status {status}",
             *(f"output {line}" for line in output.strip().splitlines()), *(f"{direction} {message.hex()}" for direction, message in messages)]
    (ROOT / "tests/vectors/exchanges" / f"{name}.txt").write_text("\n".join(lines) + "\n")
    print(f"{name}: status {status}, {len(messages)} messages")


def with_accounts(*names, **options):
    def prepare(card):
        for name in names:
            card.oath.add(name, SEED, **options)
    return prepare


def locked(card):
    import hashlib
    card.oath.add("ACME:alice", SEED)
    card.oath.access_key = hashlib.pbkdf2_hmac("sha1", b"secret", card.oath.salt, 1000, 16)


def slow(card):
    card.oath.add("touchy", SEED, touch=True)
    card.touch_after = 1.3


def untouched(card):
    card.oath.add("touchy", SEED, touch=True)
    card.touch_after, card.patience = None, 1.3


def main():
    world = Guest()
    try:
        plug = Plug(world.machine.port(0), Yubikey(Card()))
        world.machine.wait_for_devices(1)
        plug.unplug()
        world.machine.wait_for_devices(0)
        record(world, plug, "code", "oath code ACME:alice", with_accounts("ACME:alice"))
        record(world, plug, "code-by-serial", "oath code alice --yubikey 12345678", with_accounts("ACME:alice", "ACME:bob"))
        record(world, plug, "list-in-parts", "oath list", with_accounts(*(f"Issuer{number:02}:somebody{number:02}@example.org" for number in range(32))))
        record(world, plug, "list-touch", "oath list", slow)
        record(world, plug, "counter", "oath code counter --force", with_accounts("ACME:alice", "counter", kind=0x11))
        record(world, plug, "password", "oath list", locked, [(b"password of the YubiKey's OATH applet: ", "secret")])
        record(world, plug, "touch", "oath code touchy", slow)
        record(world, plug, "no-touch", "oath code touchy", untouched)
        record(world, plug, "no-applet", "oath list", lambda card: card.disabled.add(bytes.fromhex("a0000005272101")))
    finally:
        world.close()
        clean_up()


main()
