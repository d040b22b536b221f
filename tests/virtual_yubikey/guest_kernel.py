"""The distribution's kernel for virtual machines, unpacked once below the build cache."""
import fcntl
import glob
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile

CACHE = pathlib.Path(os.environ.get("TOUCHSTS_BUILD_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "touchsts-build")


class Missing(Exception):
    """Something that this machine needs to run virtual machines is not there."""


def guest_kernel(modules):
    """(uncompressed kernel, folder of NAME.ko for each name in `modules`). Several test processes may ask at once: one of them
    downloads and unpacks, the others wait for it."""
    depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True).stdout
    package = re.search(r"Depends: (linux-image-\S+)", depends)
    if not package:
        raise Missing("the package index has no linux-image-amd64")
    folder = CACHE / "guest-kernel" / package[1]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all((folder / name).exists() for name in [".complete", *(f"{module}.ko" for module in modules)]):
            unpack(package[1], folder, modules)
    return folder / "vmlinux", folder


def unpack(package, folder, modules):
    """Downloads `package` and puts the kernel and `modules` into `folder`, in the place of what it held."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        done = subprocess.run(["apt-get", "download", package], cwd=work, capture_output=True, text=True)
        debs = glob.glob(f"{work}/*.deb")
        if done.returncode or not debs:
            raise Missing(f"{package} cannot be downloaded: {done.stderr.strip()[-200:]}")
        subprocess.run(["dpkg", "-x", debs[0], f"{work}/tree"], check=True)
        image = pathlib.Path(glob.glob(f"{work}/tree/boot/vmlinuz-*")[0]).read_bytes()
        # Linux boot protocol: the compressed kernel begins payload_offset bytes behind the setup sectors.
        offset, size = struct.unpack_from("<II", image, 0x248)
        start = (image[0x1F1] + 1) * 512 + offset
        (folder / "vmlinux").write_bytes(lzma.LZMADecompressor().decompress(image[start:start + size]))
        for module in modules:
            found = glob.glob(f"{work}/tree/lib/modules/*/kernel/drivers/**/{module}.ko*", recursive=True)
            data = pathlib.Path(found[0]).read_bytes()
            (folder / f"{module}.ko").write_bytes(lzma.decompress(data) if found[0].endswith(".xz") else data)
    (folder / ".complete").touch()
