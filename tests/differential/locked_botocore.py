"""botocore in the version of third_party/sources.lock, which is newer than the system's: import this before any part of it."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
folder = subprocess.run([ROOT / "third_party/fetch", "--path", "botocore"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
sys.path.insert(0, f"{folder}/usr/lib/python3/dist-packages")
import botocore

__all__ = ["botocore"]
