"""The demonstration of ci/demo: a local STS, a user with an MFA device, and the AWS CLI."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True
os.environ["TOUCHSTS_BINARY"] = sys.argv[1]

from support import BINARY, clean_up, place  # noqa: E402


def show(where, command):
    print(f"\n$ {' '.join(command)}".replace(BINARY, "touchsts"), flush=True)
    done = subprocess.run(command, env=where.environment, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"demo: that failed with exit code {done.returncode}")


try:
    with place() as where:
        aws = ["/usr/bin/aws", "--endpoint-url", where.environment["AWS_ENDPOINT_URL_STS"], "--profile", "cli", "sts", "get-caller-identity"]
        print("A local STS runs on this machine; it checks signatures and MFA codes. The profile:")
        print((where.home / ".aws/config").read_text().split("[profile plain]")[0])
        code = where.home / "code"
        code.write_text(where.service.fresh_code(where.user))
        show(where, [BINARY, "config", "explain", "--profile", "ops"])
        show(where, [BINARY, "credential-process", "--profile", "ops", "--token-code-file", str(code)])
        show(where, aws)
        calls = where.service.count("AssumeRole") + where.service.count("GetSessionToken")
        show(where, aws)
        again = where.service.count("AssumeRole") + where.service.count("GetSessionToken")
        if (calls, again) != (2, 2):
            sys.exit(f"demo: expected two calls for credentials in all, saw {calls}, then {again}")
        print("\nOne GetSessionToken, one AssumeRole; the AWS CLI's calls were answered from the cache.")
        print(f"""
With your own account: install {BINARY} somewhere, and put into ~/.aws/config

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
        show(where, [BINARY, "credential-process", "--profile", "ops"])
finally:
    clean_up()
