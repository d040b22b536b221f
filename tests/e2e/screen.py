"""A virtual screen on which GNOME's prompter asks, and a session bus that knows it."""
import contextlib
import os
import random
import shutil
import subprocess
import time

from pace import exceeds
from support import PATH


class OnScreen:
    """For test cases: show_screen in setUp, then self.desktop is for the environment of who asks."""

    def show_screen(self, home, *programs):
        missing = [program for program in ("Xvfb", "xdotool", "dbus-daemon", *programs) if not shutil.which(program, path=PATH)]
        if missing or not os.path.exists("/usr/libexec/gcr-prompter"):
            self.skipTest(f"not installed: {' '.join(missing) or 'gcr'}")
        display = self.start_screen()
        bus = self.run_beside(["dbus-daemon", "--session", "--nofork", "--print-address=1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"PATH": PATH, "DISPLAY": display, "HOME": str(home)})
        self.addCleanup(bus.stdout.close)
        self.desktop = {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip()}

    def start_screen(self):
        """A number by chance, and no abstract socket: these are the machine's, and a client would rather take that of another screen."""
        for _ in range(5):
            number = str(random.randrange(1000, 60000))
            read, write = os.pipe()
            self.run_beside(["Xvfb", f":{number}", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-nolisten", "local"], pass_fds=[write], stderr=subprocess.DEVNULL)
            os.close(write)
            with open(read) as ready:
                if ready.readline().strip() == number:
                    return f":{number}"
        raise AssertionError("Xvfb does not start")

    def run_beside(self, command, **options):
        process = subprocess.Popen(command, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def xdotool(self, *words):
        return subprocess.run(["xdotool", *words], env={"PATH": PATH} | self.desktop, capture_output=True, text=True).stdout.split()

    def prompts(self):
        return self.xdotool("search", "--onlyvisible", "--class", "[Gg]cr")

    def type_answer(self, process, text):
        """Types what `text` gives, and presses Enter, until `process` ends."""
        self.press(process, lambda: (("key", "ctrl+a"), ("type", text()), ("key", "Return")))

    def escape(self, process):
        self.press(process, lambda: [("key", "Escape")])

    def press(self, process, commands):
        """Gives the commands to xdotool, again while there is a question: the prompter takes the keyboard in its own time, and an
        answer of which it took a part is asked for anew."""
        began = time.monotonic()
        while process.poll() is None:
            self.assertFalse(exceeds(time.monotonic() - began, 60), "it does not end")
            if self.prompts():
                time.sleep(1)
                for words in commands():
                    self.xdotool(*words)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
