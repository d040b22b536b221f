"""The demonstration of ci/demo: a local STS, a virtual YubiKey that holds a user's MFA device, and the AWS CLI.

The key is plugged into a small virtual machine, where touchsts runs; the AWS CLI runs here and reaches it through a
credential_process that hands its command line to the machine's shell."""
import base64
import os
import pathlib
import socket
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True
os.environ["TOUCHSTS_BINARY"] = sys.argv[1]

from guest import Guest  # noqa: E402
from support import BINARY, authority, clean_up  # noqa: E402
from strict_sts.server import running  # noqa: E402
from virtual_yubikey.usbredir import Plug  # noqa: E402


PROMPT = "or type the MFA code: "
# What stands behind credential_process here: one line to a socket, all that comes back to stdout.
BRIDGE = """import socket, sys
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
end.sendall(" ".join(sys.argv[2:]).encode() + b"\\n")
sys.stdout.write(end.makefile().read())
"""


def in_guest(guest, command):
    """Runs a command in the machine and shows what its terminal shows; touches the key when it asks for that."""
    print(f"\n[in the machine with the key] $ {command}", flush=True)
    guest.machine.start(command)
    status, output = guest.machine.finish()
    if PROMPT in output:
        asked, output = output.split(PROMPT, 1)
        print(f"{asked}{PROMPT}\n[a finger touches the virtual YubiKey]", flush=True)
    output = output.lstrip("\r\n ")
    if status != 0:
        sys.exit(f"demo: that failed with exit code {status}: {output}")
    return output


def answer_cli(guest, listener):
    while True:
        client, _ = listener.accept()
        with client:
            client.sendall(in_guest(guest, client.makefile().readline().strip()).encode())


def run(guest):
    place = guest.place
    seed = base64.b32decode(place.user.mfa[place.serial])
    card = guest.cards[0]
    card.oath.add(place.serial, seed, touch=True)
    card.touch_after = 1.5
    guest.plugs[0] = Plug(guest.machine.port(0), guest.keys[0])
    guest.machine.wait_for_devices()
    path = str(place.folder / "bridge.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=answer_cli, args=(guest, listener), daemon=True).start()
    bridge = place.folder / "bridge.py"
    bridge.write_text(BRIDGE)
    config = place.home / ".aws/config"
    config.write_text(f"[profile cli]\nregion = us-east-1\ncredential_process = /usr/bin/python3 {bridge} {path} touchsts credential-process --profile ops\n")
    print("A local STS runs on this machine; it checks signatures and MFA codes. In a virtual machine there is a YubiKey, and the profile")
    print(guest.machine.run("cat /guest/.aws/config")[1].split("[profile plain]")[0])
    print(in_guest(guest, "touchsts oath list"))
    print(in_guest(guest, "touchsts config explain --profile ops"))
    print(in_guest(guest, "touchsts credential-process --profile ops"))
    sts = f"https://localhost:{guest.local.port}"
    aws = ["/usr/bin/aws", "--endpoint-url", sts, "--profile", "cli", "sts", "get-caller-identity"]
    for _ in range(2):
        print(f"\n$ {' '.join(aws)}", flush=True)
        if subprocess.run(aws, env=place.environment, stdin=subprocess.DEVNULL).returncode != 0:
            sys.exit("demo: that failed")
    counts = (card.touches, place.service.count("GetSessionToken"), place.service.count("AssumeRole"))
    if counts != (1, 1, 1):
        sys.exit(f"demo: expected one touch, one session and one role, saw {counts}")
    print("\nOne touch, one GetSessionToken, one AssumeRole; the AWS CLI's calls were answered from the cache.")
    print(f"""
With your own account and key: install {BINARY} somewhere, add the account of your MFA device to the key
(touchsts oath add), and put into ~/.aws/config

    [profile ops]
    role_arn = arn:aws:iam::YOUR-ACCOUNT:role/YOUR-ROLE
    source_profile = PROFILE-WITH-YOUR-KEYS
    mfa_serial = arn:aws:iam::YOUR-ACCOUNT:mfa/YOUR-DEVICE
    region = YOUR-REGION

    [profile dev]
    region = YOUR-REGION
    credential_process = /usr/local/bin/touchsts credential-process --profile ops

then: aws --profile dev sts get-caller-identity
""", flush=True)
    print(in_guest(guest, "touchsts credential-process --profile ops"))


try:
    guest = Guest()
    try:
        with running(guest.place.service, authority().server) as guest.local:
            run(guest)
    finally:
        guest.close()
finally:
    clean_up()


