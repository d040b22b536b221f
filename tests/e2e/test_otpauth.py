"""otpauth URIs put the same account on a key through touchsts and through Yubico's own library, whatever is in them.

What differs is named (`difference`); everything else must be equal byte for byte, and refused by both or by none."""
import base64
import os
import random
import re
import struct
import subprocess
import tempfile
import unittest
import urllib.parse

import reader
from support import BINARY, Case
from differential.tally import Tally
from virtual_yubikey.card import Card

try:
    from yubikit.core import TRANSPORT
    from yubikit.core.smartcard import ApduError, SmartCardConnection
    from yubikit.oath import OATH_TYPE, CredentialData, OathSession
except ImportError:
    raise unittest.SkipTest("python3-ykman is not installed") from None

COUNT = int(os.environ.get("TOUCHSTS_OTPAUTH_URIS", "200"))
daemon = None


def setUpModule():
    global daemon
    daemon = reader.start()


def tearDownModule():
    if daemon:
        daemon.close()


class Connection(SmartCardConnection):
    """yubikit's way to a card of ours."""

    def __init__(self, card):
        self.card = card

    @property
    def transport(self):
        return TRANSPORT.NFC  # no workarounds for USB

    def send_and_receive(self, apdu):
        answer, _ = self.card.apdu(bytes(apdu))
        return answer[:-2], int.from_bytes(answer[-2:], "big")


def by_yubikit(uri, card):
    """As `ykman oath accounts uri` does it. None, or why not."""
    try:
        data = CredentialData.parse_uri(uri)
        # What ykman checks itself before it asks the key.
        if not 0 < len(data.name) <= 64 or len(data.secret) < 2 or data.digits not in (6, 7, 8) or len(data.get_id()) > 64 or data.period < 1:
            return "ykman refuses it"
        if data.counter and data.oath_type != OATH_TYPE.HOTP:
            return "ykman refuses it"
        OathSession(Connection(card)).put_credential(data, touch_required=True)
    except (ValueError, KeyError, OverflowError, struct.error, ApduError) as error:
        return repr(error)
    return None


class Uri:
    """A random URI: mostly a sound one with odd spellings."""

    def __init__(self, rng):
        self.rng = rng
        self.differs = set()
        parameters = [("secret", self.secret())]
        for name, value in (("issuer", self.text), ("algorithm", self.algorithm), ("digits", self.digits), ("period", self.period), ("counter", self.counter), ("image", self.text)):
            if rng.random() < 0.4:
                parameters.append((name, value()))
        if rng.random() < 0.1:
            parameters.append((rng.choice(parameters)[0], rng.choice(["", "7", "SHA256", "MZXW6YTB", "x"])))  # twice
        rng.shuffle(parameters)
        query = "&".join(self.cased(name) + rng.choice(["=", "=", "=", "=", ""] if name == "image" else ["="]) + value for name, value in parameters)
        scheme = self.maybe("otpauth", "OTPAUTH", "Otpauth", "otpauthx") + "://"
        kind = self.maybe(rng.choice(["totp", "hotp"]), "TOTP", "Hotp", "yotp", "")
        if rng.random() < 0.02:
            kind = rng.choice(["ada@", ""]) + kind + rng.choice([":1", ""])
            self.differs.add("a user or a port beside the type")
        self.text = scheme + kind + "/" + self.label() + "?" + query + self.maybe("", "#x", "&", "&&")
        if rng.random() < 0.05:
            self.text = rng.choice([" " + self.text, self.text + " ", self.text + "\n"])

    def maybe(self, usual, *others):
        return usual if self.rng.random() < 0.85 else self.rng.choice(others)

    def cased(self, name):
        return self.maybe(name, name, name, urllib.parse.quote(name), name.upper())

    def escaped(self, text, blank="%20"):
        """Every character plain or escaped, as it pleases."""
        out = ""
        for character in text:
            if character == " ":
                out += blank if self.rng.random() < 0.8 else "%20"
            elif character.isascii() and character.isalnum() and self.rng.random() < 0.95:
                out += character
            elif character in "/:@" and self.rng.random() < 0.5:
                out += character
            else:
                out += self.maybe(urllib.parse.quote(character, safe=""), urllib.parse.quote(character, safe="").lower())
        return out

    def word(self):
        return "".join(self.rng.choice("abcXYZ019 .-_@+=&%/:ü€😀") for _ in range(self.rng.randint(0 if self.rng.random() < 0.1 else 1, 12))).strip()

    def text(self):
        return self.escaped(self.word(), "+")

    def label(self):
        issuer = self.escaped(self.word().replace(":", "")) + self.rng.choice([":", "%3A", "%3a"]) if self.rng.random() < 0.5 else ""
        name = self.escaped(self.word())
        if issuer and self.rng.random() < 0.1:
            name = "%20" + name
        if self.rng.random() < 0.03:
            name += self.rng.choice(["%FF", "%C3", "%ED%A0%80"])
            self.differs.add("a name that is not UTF-8")
        if self.rng.random() < 0.03:
            name += self.rng.choice(["%", "%4", "%zz"])
            self.differs.add("a broken escape")
        if ": " in urllib.parse.unquote(issuer + name):  # touchsts drops it, as the Key URI Format has it
            self.differs.add("a blank behind the colon of a label")
        return issuer + name

    def secret(self):
        text = base64.b32encode(self.rng.randbytes(self.rng.choice([1, 2, 10, 13, 14, 16, 20, 32, 35, 63, 64, 65, 100, 128, 129]))).decode()
        bare = text.rstrip("=")
        text = self.maybe(bare, text, bare.lower(), bare.swapcase(), " ".join(bare[i:i + 4] for i in range(0, len(bare), 4)), bare + "=", bare + "A", "", "1", "=MZXQ")
        if self.rng.random() < 0.05:
            text = text[:4] + "-" + text[4:]
            self.differs.add("a secret with hyphens, or padded in another way")
        if "=" in text and text != bare + "=" * (-len(bare) % 8):
            self.differs.add("a secret with hyphens, or padded in another way")
        return self.escaped(text, self.rng.choice(["%20", "+"]))

    def algorithm(self):
        return self.maybe(self.rng.choice(["SHA1", "SHA256", "SHA512", "sha1", "Sha256", "sHa512"]), "MD5", "SHA-1", "", "%53HA1")

    def digits(self):
        return self.maybe(self.rng.choice(["6", "7", "8"]), "5", "9", "0", "", "+6", "06", "%36", "x", "-6", "6.0")

    def period(self):
        if self.rng.random() < 0.03:
            self.differs.add("a period of more than a day")
            return "86401"
        return self.maybe(self.rng.choice(["15", "30", "60", "86400"]), "0", "", "+45", "x", "-30")

    def counter(self):
        return self.maybe(self.rng.choice(["0", "1", "4294967295"]), "4294967296", "", "x")


def difference(uri):
    """The name of what may differ here; else None."""
    if uri.differs:
        return sorted(uri.differs)[0]
    # What makes no sense in such an account is not read by touchsts; ykman refuses it.
    if "counter" in urllib.parse.unquote(uri.text) and "totp" in uri.text.lower():
        return "a counter of an account that goes by the clock"
    if "period" in urllib.parse.unquote(uri.text) and "hotp" in uri.text.lower():
        return "a period of an account that counts"
    return None


def misread(uri):
    """Why a name that yubikit takes would be read as another account; touchsts refuses it."""
    data = CredentialData.parse_uri(uri.text)
    if ":" in (data.issuer or ""):
        return "a colon in an issuer"
    if not data.issuer and ":" in data.name and not all(data.name.split(":", 1)):
        return "a colon at an end of a name without an issuer"
    if (period := re.match(rb"(\d+)/.", data.get_id())) and int(period[1]) not in (0, data.period):
        return "a name that begins as a period does"
    return None


class Judged(Case):
    def test_the_same_account_as_yubikit(self):
        seed = random.SystemRandom().getrandbits(32)
        rng = random.Random(seed)
        card = Card(version=(5, 7, 1))
        reader.insert(self, daemon, card)
        tally, taken = Tally("otpauth", f"{COUNT} URIs", "yubikit"), 0
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            for number in range(COUNT):
                uri = Uri(rng)
                judge = Card(version=(5, 7, 1))
                refused = by_yubikit(uri.text, judge)
                card.oath.accounts.clear()
                file.seek(0)
                file.truncate()
                file.write(uri.text)
                file.flush()
                done = subprocess.run([BINARY, "oath", "add", "--uri-file", file.name, "--pcsc-reader", "Virtual PCD"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
                ours = {name: vars(account) for name, account in card.oath.accounts.items()}
                theirs = {name: vars(account) for name, account in judge.oath.accounts.items()}
                self.assertEqual(done.returncode, 0 if ours else 2, f"{uri.text!r}: {done.stderr}")
                taken += bool(ours)
                why = difference(uri) or (misread(uri) if theirs and not ours else None)
                tally.add(None if ours == theirs else (why,) if why else f"seed {seed}, URI {number}: {uri.text!r}",
                          f"ours {ours} ({done.stderr.strip()})\ntheirs {theirs} ({refused})")
        print(f"{tally.text()}, {taken} taken")
        self.assertEqual(tally.wrong, [])
        self.assertGreater(taken, COUNT / 4)
