"""A real terminal: tmux, with a shell in it."""
import subprocess
import tempfile

from support import wait_for


class Tmux:
    """One tmux server of its own with one shell in it."""

    def __init__(self, environment, columns=150):
        self.folder = tempfile.TemporaryDirectory(prefix="touchsts-tmux-")
        self.environment = environment | {"TERM": "xterm", "TMUX_TMPDIR": self.folder.name}
        self.do("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "40", "bash --norc --noprofile")
        wait_for(lambda: "bash-" in self.screen())

    def do(self, *arguments):
        return subprocess.run(["tmux", "-L", "t", *arguments], env=self.environment, capture_output=True, text=True, check=True).stdout

    def type(self, text, enter=True):
        self.do("send-keys", "-l", text)
        if enter:
            self.do("send-keys", "Enter")

    def start(self, command):
        """Types a command on an empty screen: what an earlier command left there can't be taken for what this one says."""
        self.do("send-keys", "-R")
        self.type(command)

    def screen(self):
        return self.do("capture-pane", "-p", "-J")

    def wait(self, text, seconds=20):
        try:
            wait_for(lambda: text in self.screen(), seconds)
        except AssertionError:
            raise AssertionError(f"{text!r} did not come; the screen:\n{self.screen()}") from None

    def wait_for_shell(self):
        """Until the command in the foreground has ended."""
        wait_for(lambda: self.do("display-message", "-p", "#{pane_current_command}").strip() == "bash", 20)

    def shell(self):
        """The number of the shell's process."""
        return int(self.do("display-message", "-p", "#{pane_pid}"))

    def close(self):
        self.do("kill-server")
        self.folder.cleanup()
