"""tests/virtual_yubikey/guest_kernel with an archive of our own, whose programs write down that they were called."""
import concurrent.futures
import lzma
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
MODULES = ("one", "two")
# Prints the sizes of what guest_kernel says is there.
ASK = """import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])
from virtual_yubikey.guest_kernel import guest_kernel
image, folder = guest_kernel(sys.argv[2:])
print(image.stat().st_size, *((folder / f"{name}.ko").stat().st_size for name in sys.argv[2:]))"""


def boot_image(kernel):
    """A kernel as in Linux's boot protocol, one setup sector and `kernel` compressed behind it."""
    packed = lzma.compress(kernel)
    image = bytearray(2 * 512)
    image[0x1F1] = 1
    struct.pack_into("<II", image, 0x248, 0, len(packed))
    return bytes(image) + packed


class GuestKernel(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.downloads = self.base / "downloads"
        self.downloads.touch()
        tree, programs = self.base / "tree", self.base / "bin"
        for folder in (tree / "boot", tree / "lib/modules/6/kernel/drivers/usb", programs):
            folder.mkdir(parents=True)
        (tree / "boot/vmlinuz-6").write_bytes(boot_image(b"k" * 3000))
        (tree / "lib/modules/6/kernel/drivers/usb/one.ko").write_bytes(b"1")
        (tree / "lib/modules/6/kernel/drivers/usb/two.ko.xz").write_bytes(lzma.compress(b"22"))
        for name, script in (("apt-cache", 'echo "  Depends: linux-image-6"'), ("apt-get", f"echo download >>{self.downloads}; sleep 0.3; touch linux-image-6.deb"),
                             ("dpkg", f'cp -r {tree} "$3"')):
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        self.cache = self.base / "cache"
        self.environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "TOUCHSTS_BUILD_CACHE": str(self.cache)}

    def ask(self, *_):
        done = subprocess.run([sys.executable, "-c", ASK, TESTS, *MODULES], env=self.environment, capture_output=True, text=True, timeout=60)
        return done.stdout.strip() or done.stderr

    def test_several_that_ask_at_once_get_the_whole_of_one_download(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.assertEqual(list(pool.map(self.ask, range(4))), ["3000 1 2"] * 4)
        self.assertEqual(self.downloads.read_text(), "download\n")

    def test_what_was_unpacked_in_part_is_unpacked_again(self):
        self.ask()
        folder = self.cache / "guest-kernel/linux-image-6"
        for gone in (".complete", "two.ko"):
            (folder / gone).unlink()
            self.assertEqual(self.ask(), "3000 1 2")
        shutil.rmtree(self.cache)
        self.assertEqual(self.ask(), "3000 1 2")
        self.assertEqual(self.downloads.read_text(), "download\n" * 4)
