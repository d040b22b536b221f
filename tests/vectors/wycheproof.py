#!/usr/bin/python3
"""wycheproof.py COMMAND ...: runs Wycheproof's test vectors through our cryptography (crypto_oracle), as COMMAND runs it.

Of AES-GCM only the vectors for 256-bit keys and 96-bit nonces apply, since nothing else is ever used."""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = "usr/share/gocode/src/github.com/c2sp/wycheproof/testvectors_v1"


def groups(folder, name):
    for group in json.loads((folder / f"{name}_test.json").read_text())["testGroups"]:
        for test in group["tests"]:
            yield group, test


def question(what, *fields):
    return "\t".join((field if isinstance(field, str) else str(field).encode().hex()) for field in (what.encode().hex(), *fields))


def aes_gcm(folder):
    for group, test in groups(folder, "aes_gcm"):
        if group["keySize"] != 256 or group["ivSize"] != 96:
            continue
        sealed = test["ct"] + test["tag"]
        valid = test["result"] == "valid"
        yield question("aes-256-gcm open", test["key"], test["iv"], test["aad"], sealed), f"yes {test['msg']}" if valid else "no"
        if valid:
            yield question("aes-256-gcm seal", test["key"], test["iv"], test["aad"], test["msg"]), sealed


def hkdf(folder):
    for _, test in groups(folder, "hkdf_sha256"):
        if test["result"] == "invalid":  # more than RFC 5869 allows, which our callers never ask for
            assert test["size"] > 255 * 32, test
            continue
        yield question("hkdf-sha256", test["ikm"], test["salt"], test["info"], test["size"]), test["okm"]


def hmac(name, what):
    def questions(folder):
        for group, test in groups(folder, name):
            tag = group["tagSize"] // 4
            # A vector that is not valid has a tag that must not come out.
            expected = test["tag"] if test["result"] == "valid" else f"not {test['tag']}"
            yield question(what, test["key"], test["msg"]), (expected, tag)

    return questions


def pbkdf2(name, what, longest):
    def questions(folder):
        for _, test in groups(folder, name):
            if test["dkLen"] <= longest and test["result"] == "valid":
                yield question(what, test["password"], test["salt"], test["iterationCount"], test["dkLen"]), test["dk"]

    return questions


def right(answer, expected):
    if isinstance(expected, tuple):
        expected, digits = expected
        answer = answer[:digits]
    return answer != expected[4:] if expected.startswith("not ") else answer == expected


def main():
    fetched = subprocess.run([ROOT / "third_party/fetch", "--path", "wycheproof"], capture_output=True, text=True)
    if fetched.returncode != 0:
        print(f"skipped: wycheproof: the vectors cannot be had: {fetched.stderr.strip().splitlines()[-1]}")
        print("0 passed, 0 failed, 1 skipped")
        return
    folder = pathlib.Path(fetched.stdout.strip()) / FOLDER
    failed = passed = 0
    for name, questions in {
        "AES-256-GCM": aes_gcm,
        "HKDF-SHA-256": hkdf,
        "HMAC-SHA-256": hmac("hmac_sha256", "hmac-sha256"),
        "HMAC-SHA-1": hmac("hmac_sha1", "hmac-sha1"),
        "PBKDF2-HMAC-SHA-256": pbkdf2("pbkdf2_hmacsha256", "pbkdf2-sha256", 2**20),
        "PBKDF2-HMAC-SHA-1": pbkdf2("pbkdf2_hmacsha1", "pbkdf2-sha1", 20),
    }.items():
        asked = list(questions(folder))
        lines = "\n".join(text for text, _ in asked) + "\n"
        answers = subprocess.run(sys.argv[1:], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        wrong = [i for i, (_, expected) in enumerate(asked) if i >= len(answers) or not right(answers[i], expected)]
        for i in wrong[:3]:
            print(f"{name}: {asked[i][0]}: expected {asked[i][1]}, got {answers[i] if i < len(answers) else None}")
        print(f"{name}: {len(asked) - len(wrong)} of {len(asked)} vectors")
        assert asked
        failed += bool(wrong)
        passed += not wrong
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
