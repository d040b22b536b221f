"""The real gnome-keyring-daemon, on a session bus of its own."""
import subprocess

from support import wait_for

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon", "secret-tool")
OWNED = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
# The daemon has its name before it has its collection; asked before that, the bus would start another daemon.
READY = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login", "org.freedesktop.DBus.Properties.Get",
         "string:org.freedesktop.Secret.Collection", "string:Locked"]


def start_bus():
    """A session bus: its process and its address."""
    bus = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork", "--nopidfile"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with bus.stdout:
        return bus, bus.stdout.readline().strip()


def start_daemon(environment, password):
    """The daemon with its collection unlocked by `password`, as a log-in would: its process, once the collection is there."""
    daemon = subprocess.Popen(["gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground"], env=environment,
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon.stdin.write(password.encode())
    daemon.stdin.close()
    wait_for(lambda: b"boolean true" in subprocess.run(OWNED, env=environment, capture_output=True).stdout)
    wait_for(lambda: b"boolean" in subprocess.run(READY, env=environment, capture_output=True).stdout)
    return daemon
