"""A small virtual machine (QEMU without KVM) in which the shipped binary meets virtual YubiKeys on a real USB stack.

The guest holds nothing but busybox, kernel modules and the files that a test puts in. Its second serial port is a shell."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from .guest_kernel import Missing, guest_kernel

USB = ["usb-common", "usbcore", "xhci-hcd", "xhci-pci", "hid", "usbhid", "hid-generic"]
NETWORK = ["e1000"]
TOOLS = "sh mount mkdir insmod cat ls dmesg sleep echo grep stty setsid kill chmod su head tail cut date ifconfig env id ps timeout rm touch".split()
HOST, HOST_NAME = "10.0.2.2", "host.test"  # this machine, as the guest sees it

INIT = """#!/bin/sh
export PATH=/bin HOME=/guest
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp; chmod 1777 /tmp
for module in {modules}; do insmod /modules/$module.ko; done
ifconfig lo 127.0.0.1; ifconfig eth0 10.0.2.15
exec setsid sh /loop
"""
# The shell leads a session on its port, so /dev/tty is that port. One line is one command.
LOOP = """exec 0</dev/ttyS1 1>/dev/ttyS1 2>&1
stty raw -echo
echo READY
while IFS= read -r line; do eval "$line"; done
"""


def archive(entries):
    """A cpio archive (newc) of (name, mode, content)."""
    out = b""
    for number, (name, mode, content) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        path = name.encode() + b"\0"
        header = b"070701" + b"".join(b"%08x" % value for value in (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)) + path
        out += header + b"\0" * (-len(header) % 4) + content + b"\0" * (-len(content) % 4)
    return out + b"\0" * (-len(out) % 512)


class Machine:
    """A booted guest with `plugs` empty USB ports; port(i) is the socket to plug a YubiKey into. Use as a context."""

    def __init__(self, files, ports=2, options=()):
        """files: {path in the guest: (mode, bytes)}."""
        for program in ("qemu-system-x86_64", "/usr/bin/busybox" if os.path.exists("/usr/bin/busybox") else "/bin/busybox"):
            if not shutil.which(program):
                raise Missing(f"{program} is not installed")
        image, modules = guest_kernel([*USB, *NETWORK])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="touchsts-guest-"))
        (self.folder / "initramfs").write_bytes(self.initramfs(files, modules))
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-M", "q35,accel=tcg", "-cpu", "max", "-m", "256", "-smp", "1", "-display", "none", "-no-reboot",
                   "-serial", f"file:{self.folder}/console", "-chardev", f"socket,id=shell,path={self.folder}/shell,server=on,wait=off", "-serial", "chardev:shell",
                   "-kernel", str(image), "-initrd", f"{self.folder}/initramfs", "-append", "console=ttyS0 quiet panic=-1",
                   "-netdev", "user,id=net", "-device", "e1000,netdev=net", "-device", "qemu-xhci,id=usb", *options]
        for port in range(ports):
            command += ["-chardev", f"socket,id=port{port},path={self.port(port)},server=on,wait=off", "-device", f"usb-redir,id=key{port},chardev=port{port},bus=usb.0"]
        self.log = open(self.folder / "qemu", "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.buffer = b""
        self.shell = self.connect(self.folder / "shell")
        self.expect(rb"READY\r?\n", 60)

    def port(self, number):
        return self.folder / f"port{number}"

    def initramfs(self, files, modules):
        folders = {"bin", "dev", "proc", "sys", "tmp", "modules", "etc", "guest"}
        for path in files:
            folders.update(str(parent) for parent in pathlib.PurePosixPath(path).parents if str(parent) != ".")
        busybox = next(pathlib.Path(path) for path in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(path)).read_bytes()
        entries = [(name, 0o40755, b"") for name in sorted(folders)] + [("bin/busybox", 0o100755, busybox)]
        entries += [(f"bin/{tool}", 0o120777, b"busybox") for tool in TOOLS]
        entries += [(f"modules/{name}.ko", 0o100644, (modules / f"{name}.ko").read_bytes()) for name in [*USB, *NETWORK]]
        entries += [("etc/passwd", 0o100644, b"root::0:0::/guest:/bin/sh\nada::1000:1000::/tmp:/bin/sh\n"), ("etc/hosts", 0o100644, f"127.0.0.1 localhost\n{HOST} {HOST_NAME}\n".encode())]
        entries += [("init", 0o100755, INIT.format(modules=" ".join([*USB, *NETWORK])).encode()), ("loop", 0o100644, LOOP.encode())]
        return archive(entries + [(path, 0o100000 | mode, content) for path, (mode, content) in files.items()])

    def connect(self, path):
        for _ in range(500):
            try:
                made = socket.socket(socket.AF_UNIX)
                made.connect(str(path))
                return made
            except OSError:
                if self.process.poll() is not None:
                    raise Missing("QEMU ended: " + self.said()) from None
                time.sleep(0.02)
        raise Missing("QEMU opens no socket: " + self.said())

    def said(self):
        return "".join(path.read_text(errors="replace")[-2000:] for path in (self.folder / "qemu", self.folder / "console") if path.exists())

    def expect(self, pattern, seconds=30):
        """What came before `pattern`; the match is in self.match."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.buffer)):
            self.shell.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self.shell.recv(65536)
            except TimeoutError:
                raise AssertionError(f"{pattern!r} did not come; there is {self.buffer[-2000:]!r}\n{self.said()}") from None
            if not data:
                raise AssertionError("the guest ended: " + self.said())
            self.buffer += data
        before, self.buffer, self.match = self.buffer[:match.start()], self.buffer[match.end():], match
        return before

    def start(self, command):
        self.shell.sendall(f"{command}; echo ::$?::\n".encode())

    def type(self, text):
        self.shell.sendall(text.encode())

    def finish(self, seconds=60):
        """(exit status, output) of what start started."""
        output = self.expect(rb"::(\d+)::\r?\n", seconds).decode(errors="replace").replace("\r", "")
        return int(self.match[1]), output

    def run(self, command, seconds=60):
        self.start(command)
        return self.finish(seconds)

    def wait_for_devices(self, count=1):
        """Until the guest sees that many keys, of any maker, and has set up both HID interfaces of each: it would not notice for
        a long time that a key is pulled while it is being set up."""
        devices = "$(grep -L 1d6b /sys/bus/usb/devices/*/idVendor 2>/dev/null | grep -c .)"  # 1d6b: its own hubs
        interfaces = "$(ls /sys/class/hidraw 2>/dev/null | grep -c .)"
        status, _ = self.run(f"n=0; until [ {devices} = {count} ] && [ {interfaces} = {2 * count} ]; do [ $n -lt 500 ] || break; sleep 0.02; n=$((n+1)); done; [ $n -lt 500 ]")
        assert status == 0, self.run("dmesg | tail -20")[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
