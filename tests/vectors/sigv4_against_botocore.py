#!/usr/bin/python3
"""sigv4_against_botocore.py ORACLE COUNT: signs COUNT random requests with our signer and with botocore's, and compares."""
import datetime
import random
import subprocess
import sys
import types

from botocore import auth, awsrequest, credentials


def random_text(rng, alphabet, least, most):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))


def main():
    oracle, count = sys.argv[1], int(sys.argv[2])
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    word = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    text = word + " /+=-._~%&?#:;,@\"'\\"
    lines, expected = [], []
    frozen = types.SimpleNamespace(now=None)

    class FrozenDatetime(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return frozen.now

    auth.datetime = types.SimpleNamespace(datetime=FrozenDatetime) if hasattr(auth.datetime, "datetime") else FrozenDatetime
    if hasattr(auth, "get_current_datetime"):
        auth.get_current_datetime = lambda *_: frozen.now
    for _ in range(count):
        seconds = rng.randrange(0, 4102444800)
        frozen.now = datetime.datetime.utcfromtimestamp(seconds)
        key_id = "AKIA" + random_text(rng, word, 12, 16)
        secret = random_text(rng, word + "/+=", 20, 60)
        token = random_text(rng, word + "/+=", 1, 400) if rng.random() < 0.5 else ""
        region = random_text(rng, "abcdefghijklmnopqrstuvwxyz-0123456789", 2, 16)
        host = "sts." + random_text(rng, "abcdefghijklmnopqrstuvwxyz0123456789", 3, 20) + ".example"
        body = random_text(rng, text, 0, 300)
        headers = {"host": host, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        for _ in range(rng.randint(0, 3)):
            headers["x-amz-" + random_text(rng, "abcdefghijklmnop", 1, 8)] = random_text(rng, word + "   ,;=", 1, 40).strip() or "v"
        request = awsrequest.AWSRequest("POST", f"https://{host}/", data=body, headers={k: v for k, v in headers.items() if k != "host"})
        request.context["payload_signing_enabled"] = True
        auth.SigV4Auth(credentials.Credentials(key_id, secret, token or None), "sts", region).add_auth(request)
        expected.append(request.headers["Authorization"])
        fields = [key_id, secret, token, region, "sts", str(seconds), "/", body]
        fields += [part for pair in headers.items() for part in pair]
        lines.append("\t".join(field.encode().hex() for field in fields))
    answer = subprocess.run([oracle], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = [i for i in range(count) if i >= len(answer) or answer[i] != expected[i]]
    for i in wrong[:3]:
        print(f"seed {seed}, request {i}:\n  botocore {expected[i]}\n  ours     {answer[i] if i < len(answer) else None}")
    print(f"sigv4: {count - len(wrong)} of {count} random requests signed as botocore signs them")
    print(f"{0 if wrong else 1} passed, {1 if wrong else 0} failed")
    sys.exit(bool(wrong))


main()
