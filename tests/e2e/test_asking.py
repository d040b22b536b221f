"""How a person learns that the key waits, and answers: the terminal, the desktop, pinentry, a program of their own. The
card sits in the virtual reader of pcscd; notices go over a real session bus, questions through Debian's pinentry."""
import contextlib
import ctypes
import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import time

import reader
from pace import exceeds
from screen import OnScreen
from support import BINARY, PATH, ROOT, processes_with, wait_for
from tmux import Tmux
from with_card import WithCard

TOUCH = "touch your YubiKey to get credentials for role ops in account 123456789012"


def setUpModule():
    WithCard.daemon = reader.start()


def tearDownModule():
    if WithCard.daemon:
        WithCard.daemon.close()


class TouchCommand(WithCard):
    def command(self, body):
        program = self.where.folder / "notify"
        program.write_text("#!/bin/sh\n" + body)
        program.chmod(0o755)
        self.own_config(f'touch_command = "{program} \'two words\'"\n')

    def test_it_runs_while_the_touch_is_awaited(self):
        seen = self.where.folder / "seen"
        self.command(f'trap "echo ended >>{seen}; exit" TERM\necho "$1: $TOUCHSTS_NOTICE" >{seen}\nwhile :; do sleep 0.1; done\n')
        self.finish(self.start())
        told = wait_for(lambda: "ended" in seen.read_text() and seen.read_text())
        self.assertRegex(told, rf"\Atwo words: (\[.*\] )?{TOUCH}\nended\n\Z")

    def test_it_is_ended_with_all_it_started(self):
        number = self.where.folder / "number"
        self.command(f"trap '' TERM\nsleep 4711 &\necho $! >{number}\nwait\nwait\n")
        self.finish(self.start())
        wait_for(lambda: not runs(int(number.read_text())))

    def test_it_does_not_run_when_no_touch_is_awaited(self):
        seen = self.where.folder / "seen"
        self.command(f"touch {seen}\n")
        self.card.oath.accounts[self.where.serial.encode()].touch = False
        self.finish(self.start())
        self.assertFalse(seen.exists())

    def test_one_that_cannot_run_changes_nothing(self):
        self.own_config('touch_command = "/nonexistent"\n')
        self.finish(self.start())

    def test_one_from_a_file_that_is_not_the_persons_own_is_refused(self):
        config = self.where.folder / "other"
        config.write_text((self.where.home / ".aws/config").read_text().replace("mfa_serial", "touch_command = true\nmfa_serial", 1))
        self.assert_fails(self.where.run("credential-process", "--profile", "ops", environment={"AWS_CONFIG_FILE": str(config)}), 3, "touch_command in ", "is not run")


def runs(number):
    """Whether there is such a process, and it has not ended."""
    try:
        return pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class LateTouch(WithCard):
    def late(self, number):
        process = self.start()
        wait_for(lambda: self.card.waits)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out, err), (-number, "", ""))
        self.assertEqual(self.card.touches, 1)  # it is on its way
        wait_for(lambda: len(self.where.service.calls) == 2)
        done = self.where.run("credential-process", "--profile", "ops", "--no-prompt")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.card.touches, len(self.where.service.calls)), (1, 2))  # GetSessionToken and AssumeRole, once

    def test_after_a_kill(self):
        self.late(signal.SIGKILL)

    def test_after_a_termination(self):
        self.late(signal.SIGTERM)

    def test_nothing_of_it_lives_beyond_its_time(self):
        self.card.touch_after = None
        log = self.where.folder / "only-in-its-command-line"
        process = self.start("--timeout", "3", "--log-file", str(log))
        wait_for(lambda: self.card.waits)
        process.kill()
        process.communicate()
        self.assertTrue(processes_with(log))  # its child goes on for the touch
        wait_for(lambda: not processes_with(log), 6)


class Desktop(WithCard):
    def setUp(self):
        super().setUp()
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork", "--nopidfile"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.bus.stdout.close)
        self.addCleanup(self.bus.wait)
        self.addCleanup(self.bus.terminate)
        self.address = self.bus.stdout.readline().strip()
        self.listener = None

    def listen(self):
        self.listener = subprocess.Popen([ROOT / "tests/e2e/notification_listener.py", "77"], env={"PATH": PATH, "DBUS_SESSION_BUS_ADDRESS": self.address}, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.listener.stdout.close)
        self.addCleanup(self.listener.wait)
        self.addCleanup(self.listener.terminate)
        self.assertEqual(self.heard(), {"ready": True})

    def heard(self):
        return json.loads(self.listener.stdout.readline())

    def test_a_notice_stands_while_the_touch_is_awaited(self):
        self.listen()
        started = time.monotonic()
        process = self.start(environment={"DBUS_SESSION_BUS_ADDRESS": self.address})
        application, replaces, icon, summary, body, actions, hints, expires = self.heard()["Notify"]
        self.assert_took(time.monotonic() - started, 1.0)
        self.assertEqual((application, replaces, summary, actions, expires), ("touchsts", 0, "Touch your YubiKey", [], 0))
        self.assertTrue(body.endswith(TOUCH), body)
        self.assertEqual(hints["urgency"][1], 2)
        self.finish(process)
        self.assertEqual(self.heard(), {"CloseNotification": [77]})

    def test_foreign_text_in_it_is_no_markup(self):
        config = self.where.home / ".aws/config"
        config.write_text(config.read_text().replace(":role/ops", ":role/a=b&c"))
        self.listen()
        environment = {"DBUS_SESSION_BUS_ADDRESS": self.address, "AWS_ENDPOINT_URL_STS": self.where.environment["AWS_ENDPOINT_URL_STS"]}
        process = self.start(environment=environment)
        process.communicate(timeout=60)
        self.assertNotRegex(self.heard().get("Notify", ["", "", "", "", ""])[4], r"&(?!amp;|lt;|gt;)|[<>]")

    def test_it_is_taken_back_when_we_are_interrupted(self):
        self.card.touch_after = 5
        self.listen()
        process = self.start("--timeout", "10", environment={"DBUS_SESSION_BUS_ADDRESS": self.address})
        self.assertIn("Notify", self.heard())
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(self.heard(), {"CloseNotification": [77]})

    def test_a_bus_without_a_desktop_or_without_answers(self):
        self.finish(self.start(environment={"DBUS_SESSION_BUS_ADDRESS": self.address}))  # nobody shows notices
        for address in ("unix:path=/nonexistent", "unixexec:path=/bin/touch,argv1=/tmp/executed", "autolaunch:", "rubbish"):
            with self.subTest(address):
                self.where.forget()
                self.finish(self.start(environment={"DBUS_SESSION_BUS_ADDRESS": address}))
        self.assertFalse(os.path.exists("/tmp/executed"))

    def test_a_bus_that_is_silent(self):
        path = self.where.folder / "silent"
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(path))
            silent.listen()
            started = time.monotonic()
            self.finish(self.start(environment={"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}))
            self.assert_took(time.monotonic() - started, 5, awaited=2)


@contextlib.contextmanager
def terminal():
    """(master, name) of a terminal that is nobody's controlling terminal."""
    master, slave = pty.openpty()
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


def read_until(master, text, seconds=15):
    seen, began = b"", time.monotonic()
    os.set_blocking(master, False)
    while not exceeds(time.monotonic() - began, seconds):
        with contextlib.suppress(BlockingIOError):
            seen += os.read(master, 4096)
        plain = re.sub(rb"\x1b[^a-zA-Z]*[a-zA-Z]", b"", seen).replace(b"\r\n", b" ")
        if text in plain:
            return plain
        time.sleep(0.02)
    raise AssertionError(f"{text!r} did not come: {seen!r}")


class Pinentry(WithCard):
    def recorded(self, program):
        """The same program, by a script that writes down the number of its process first."""
        script = self.where.folder / f"recorded-{program}"
        script.write_text(f'#!/bin/sh\necho $$ >>{self.where.folder}/pinentries\nexec {program} "$@"\n')
        script.chmod(0o755)
        return script

    def pinentry(self, program):
        config = self.where.home / ".config/touchsts/config.toml"
        config.write_text(re.sub(r"pinentry = .*\n", "", config.read_text()) + f'pinentry = "{program}"\n')

    def code(self):
        return self.where.service.fresh_code(self.where.user).encode()

    def no_pinentry_is_left(self):
        started = [int(number) for number in (self.where.folder / "pinentries").read_text().split()]
        self.assertTrue(started)
        wait_for(lambda: not any(runs(number) for number in started))

    def test_a_code_typed_into_pinentry_wins(self):
        for kind in ("tty", "curses"):
            with self.subTest(kind), terminal() as (master, name):
                self.where.forget()
                self.card.touch_after, self.card.patience = None, 2
                self.pinentry(self.recorded(f"pinentry-{kind}"))
                process = self.start(environment={"GPG_TTY": name, "TERM": "xterm"})
                read_until(master, b"MFA code")
                os.write(master, self.code() + (b"\n" if kind == "tty" else b"\r"))
                self.finish(process)
                self.no_pinentry_is_left()

    def test_the_touch_wins_over_pinentry(self):
        self.pinentry(self.recorded("pinentry-tty"))
        with terminal() as (master, name):
            process = self.start(environment={"GPG_TTY": name})
            self.assertIn(TOUCH.encode(), read_until(master, b"MFA code"))
            self.finish(process)
            self.no_pinentry_is_left()

    def test_without_a_key_pinentry_alone_asks_again_and_ends_with_the_person(self):
        self.card.oath.reset()
        config = self.where.home / ".config/touchsts/config.toml"
        config.write_text(config.read_text().replace('pcsc_reader = "Virtual PCD"\n', f'pinentry = "{self.recorded("pinentry-tty")}"\n'))
        with terminal() as (master, name):
            process = self.start(environment={"GPG_TTY": name})
            read_until(master, b"MFA code of " + self.where.serial.encode())
            os.write(master, b"12345\n")
            read_until(master, b"an MFA code is six digits")
            os.write(master, self.code() + b"\n")
            self.finish(process)
        self.where.run("cache", "clear")
        with terminal() as (master, name):
            process = self.start(environment={"GPG_TTY": name})
            read_until(master, b"MFA code of ")
            os.write(master, b"\x04")  # end of input; ^C is no signal on a terminal that controls no process
            started = time.monotonic()
            self.finish(process, 6)
            self.assert_took(time.monotonic() - started, 10)  # not by the time-out
            self.no_pinentry_is_left()

    def test_a_pinentry_that_cannot_ask_leaves_the_key(self):
        for program in ("/nonexistent", "true", "cat"):
            with self.subTest(program):
                self.where.forget()
                self.pinentry(program)
                self.finish(self.start())

    def test_a_hostile_pinentry(self):
        program = self.where.folder / "pinentry"
        for body in ("echo OK; while read line; do echo OK; done; sleep 60", "echo OK; yes", "head -c 100000 /dev/zero", "echo OK; read line; echo 'D %'", "echo OK; read line; echo ERR zero",
                     "echo OK; while read line; do echo INQUIRE X; done"):
            with self.subTest(body):
                self.where.forget()
                program.write_text("#!/bin/sh\n" + body + "\n")
                program.chmod(0o755)
                self.pinentry(program)
                self.finish(self.start())


class GnomePinentry(WithCard, OnScreen):
    """pinentry-gnome3 asks through GNOME's prompter, here on a virtual screen."""

    def setUp(self):
        super().setUp()
        self.show_screen(self.where.home, "pinentry-gnome3")
        self.own_config('pinentry = "pinentry-gnome3"\n')
        self.card.touch_after, self.card.patience = None, 3

    def test_a_code_is_typed(self):
        process = self.start("--timeout", "120", environment=self.desktop)
        self.type_answer(process, lambda: self.where.service.fresh_code(self.where.user))
        self.finish(process)

    def test_the_question_is_closed(self):
        process = self.start("--timeout", "120", environment=self.desktop)
        self.escape(process)
        self.finish(process, 6)

    def test_the_touch_wins(self):
        self.card.touch_after, self.card.patience = 100, 120
        process = self.start("--timeout", "120", environment=self.desktop)
        wait_for(self.prompts, 40)
        self.card.touched.set()
        self.finish(process)
        wait_for(lambda: not self.prompts())


class InATerminal(WithCard):
    def setUp(self):
        super().setUp()
        self.card.touch_after = 3
        self.tmux = Tmux(self.where.environment, columns=400)
        self.addCleanup(self.tmux.close)

    def test_the_prompt_comes_through_the_real_aws_cli(self):
        self.tmux.type(f"aws --endpoint-url {self.where.environment['AWS_ENDPOINT_URL_STS']} --profile cli sts get-caller-identity | cat")
        self.tmux.wait(TOUCH + ", or type the MFA code:")
        if os.environ.get("TOUCHSTS_SHOW"):
            print(self.tmux.screen())
        self.tmux.wait("assumed-role/ops/")
        self.assertNotIn("touch your", self.tmux.screen())

    def test_a_touch_after_the_command_was_given_up(self):
        self.card.touch_after = 8
        number = self.where.folder / "number"
        self.tmux.type(f"sh -c 'echo $$ >{number}; exec {BINARY} credential-process --profile ops'; echo given-up-$((6*7))")
        self.tmux.wait("touch your")
        os.kill(int(number.read_text()), signal.SIGKILL)
        self.tmux.wait("given-up-42")
        self.tmux.type("echo again-$((7*8)) ")  # the shell has its terminal back, all of it
        self.tmux.wait("again-56")
        self.assertIn("echo again-$((7*8))", self.tmux.screen())
        wait_for(lambda: self.card.touches == 1, 20)
        wait_for(lambda: self.where.run("credential-process", "--profile", "ops", "--no-prompt", "--timeout", "2").returncode == 0)

    def test_a_prompt_is_not_erased_where_the_shell_is_typed_in(self):
        self.tmux.type(f"{BINARY} credential-process --profile ops; echo given-up-$((6*7))")
        self.tmux.wait("touch your")
        asked, = children(self.tmux.shell())
        asks, = children(asked)
        with traced(asks):  # it learns late, as on a machine with much to do, that it was given up
            os.kill(asked, signal.SIGKILL)
            self.tmux.wait("given-up-42")
            self.tmux.type("echo is-typed ", enter=False)
            self.tmux.wait("echo is-typed")
        wait_for(lambda: self.card.touches == 1)
        wait_for(lambda: not runs(asks))
        self.assertIn("echo is-typed", self.tmux.screen())
        self.assertIn("touch your", self.tmux.screen())


def children(process):
    """The numbers of the processes that `process` has started and that run."""
    return [int(number) for number in subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()]


@contextlib.contextmanager
def traced(process):
    """The process does nothing in the meantime. It is not stopped as by a signal: the kernel wakes stopped processes whose parent ends."""
    seize, interrupt, detach = 0x4206, 0x4207, 17  # <linux/ptrace.h>
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes = [ctypes.c_long] * 4
    for request in (seize, interrupt):
        if call(request, process, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(process, 0)
    try:
        yield
    finally:
        call(detach, process, 0, 0)
