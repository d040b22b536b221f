"""Figures of a code from the key: in a virtual machine over USB, and here through pcscd."""
import base64
import pathlib
import shutil
import statistics
import subprocess
import time

import reader
from figures import parse, row, spawn
from guest import Guest
from support import BINARY, PATH, place, wait_for
from virtual_yubikey.card import Card
from virtual_yubikey.usbredir import Plug
from virtual_yubikey.vpcd import READER, Inserted

SEED = b"12345678901234567890"
ROUNDS = 15
ROUND_TRIP = 0.05  # seconds that the server lets pass, so that its own work does not show


def spans(times, which):
    """Median seconds from the first message of a code to its last (power-on, SELECT, LIST and CALCULATE with their answers) in every
    second run."""
    return statistics.median(times[at + 7] - times[at] for at in range(8 * which, len(times), 16))


def over_usb(spawn_program, raw_transfers):
    """From the opening of the card to its code, as the key sees it: against a program that knows all it sends beforehand."""
    files = {f"bin/{name}": (0o755, pathlib.Path(path).read_bytes()) for name, path in (("spawn", spawn_program), ("raw_transfers", raw_transfers))}
    world = Guest(files)
    try:
        card, key = world.cards[0], world.keys[0]
        card.oath.add("alice", SEED)
        plug = Plug(world.machine.port(0), key)
        world.machine.wait_for_devices()
        row("QEMU guest, from its start to its shell", f"{world.boot:.1f}", "s", "<= 20", world.boot <= 20)
        # Under emulation, code at other addresses in each run costs more than the run itself.
        world.machine.run("echo 0 > /proc/sys/kernel/randomize_va_space")
        key.transfers = 0
        assert world.machine.run("touchsts oath code alice")[0] == 0
        row("a code: SELECT, LIST and CALCULATE", key.transfers, "blocks", "<= 3", key.transfers <= 3)
        times = []
        key.wire = lambda _direction, _message: times.append(time.monotonic())

        def in_turns(*commands):
            listing = "".join("\\t".join(command) + "\\n" for command in commands)
            world.machine.run(f"printf '{listing}' > /tmp/commands")
            return parse(world.machine.run("spawn 50 /tmp/commands")[1], commands)

        code = ["/bin/touchsts", "oath", "code", "alice"]
        in_turns(code, ["/bin/raw_transfers"])
        ours, bare = spans(times, 0), spans(times, 1)
        (whole, _), (start, _) = in_turns(code, ["/bin/touchsts", "--version"])
        row("a code over USB, from power-on to the code", f"{ours * 1000:.1f}", "ms", "", True)
        row("  against its bare transfers", f"{ours / bare:.2f}", "x", "<= 1.5", ours / bare <= 1.5)
        # A wait looks by itself every 100 ms; an answer must be found before that.
        work = (whole - start) / 1000
        row("  whole process, less one that only prints its version", f"{work:.1f}", "ms", "<= 75", work <= 75)
        plug.unplug()
    finally:
        world.close()


def against_ykman(spawn_program, daemon):
    card = Card()
    card.oath.add("alice", SEED)
    inserted = Inserted(daemon, card)
    try:
        wait_for(lambda: subprocess.run([BINARY, "oath", "info", "--pcsc-reader", READER], capture_output=True).returncode == 0)
        with place() as where:
            where.environment["PATH"] = PATH
            ykman = [shutil.which("ykman", path=PATH), "--reader", READER, "oath", "accounts", "code", "--single", "alice"]
            (ours, _), (theirs, _) = spawn(spawn_program, where, 10, [BINARY, "oath", "code", "alice", "--pcsc-reader", READER], ykman)
    finally:
        inserted.close()
    row("a code through pcscd, whole process", f"{ours / 1000:.1f}", "ms", "", True)
    row("  ykman oath accounts code --single against it", f"{theirs / ours:.1f}", "x", ">= 20", theirs / ours >= 20)


class Touched(Card):
    """Remembers when it was touched."""

    touched = 0.0

    def apdu(self, command):
        answer, wait = super().apdu(command)
        if wait:
            self.touched = time.monotonic() + wait
        return answer, wait


def touch_to_answer(daemon):
    """What is left between the touch and the credentials, the server's time apart."""
    with place(own='[defaults]\npcsc_reader = "Virtual PCD"\n') as where:
        where.own_profile("alone", f"mfa_serial = {where.serial}\nregion = us-east-1\n")
        card = Touched()
        card.touch_after = 0.6
        card.oath.add(where.serial, base64.b32decode(where.user.mfa[where.serial]), touch=True)
        inserted = Inserted(daemon, card)
        answer = where.service.answer
        spent = []

        def slow(request):
            begin = time.monotonic()
            time.sleep(ROUND_TRIP)
            given = answer(request)
            spent.append(time.monotonic() - begin)
            return given

        where.service.answer = slow
        try:
            left = []
            for _ in range(ROUNDS):
                where.forget()
                spent.clear()
                process = subprocess.Popen([BINARY, "credential-process", "--profile", "alone", "--no-cache"], env=where.environment, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
                line = process.stdout.readline()
                end = time.monotonic()
                process.wait()
                assert b"SessionToken" in line and len(spent) == 1, process.stderr.read()
                left.append(end - card.touched - spent[0])
        finally:
            inserted.close()
    figure = statistics.median(left) * 1000
    row("from the touch to the credentials, the round trip apart", f"{figure:.1f}", "ms", "<= 10", figure <= 10)


def all_figures(spawn_program, raw_transfers):
    over_usb(spawn_program, raw_transfers)
    daemon = reader.start("ykman")
    try:
        against_ykman(spawn_program, daemon)
        touch_to_answer(daemon)
    finally:
        daemon.close()
