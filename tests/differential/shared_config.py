#!/usr/bin/python3
"""shared_config.py BINARY COUNT: COUNT random pairs of AWS's shared files, read by BINARY, which is touchsts, and by botocore.

SHARED_CONFIG_SEED repeats a run. Each difference belongs to one of the classes below, where we
do on purpose what AWS's other SDKs do, or is a fault.
"""
import concurrent.futures
import configparser
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile
import types

from locked_botocore import botocore
from botocore import configloader
from botocore.exceptions import ConfigParseError
from tally import Tally

BLANKS = ["", " ", "  ", "\t", " \t "]
ODD_BLANKS = ["\u00a0", "\f", "\v", "\u2003", "\u3000"]
NAMES = ["a", "b", "dev", "ops", "team/eu", "x.y", "c@d", "a-b_c", "1", "Dev", "long%name+:"]
QUOTED = ["My Keys", "a b", "team,prod", "ops (eu)", "caf\u00e9"]
KEYS = ["region", "role_arn", "source_profile", "mfa_serial", "external_id", "output", "Region", "ROLE_ARN", "duration_seconds", "x", "my_key", "policy"]
NESTED = ["max_queue_size", "Addressing_Style", "endpoint_url", "x"]
VALUES = ["us-east-1", "eu-west-1", "arn:aws:iam::123456789012:role/x", "a b  c", "x=y", "a:b", "", "\u00e9\u00fc", "\"quoted\"", "'quoted'", "a#b", "a;b", "100%", "%(x)s", "$HOME", "[x]", "\\n", "json"]
JSON_VALUES = ['{"a": "b #c"}', '{"Version": "2012-10-17", "Statement": []}', '{"x": "y ;z"}']


class Source(random.Random):
    def blank(self, odd=0.03):
        return self.choice(ODD_BLANKS) if self.random() < odd else self.choice(BLANKS)

    def chance(self, share):
        return self.random() < share


def header(source, file):
    name = source.choice(NAMES)
    word = "profile" if file == "config" else ""
    kind = source.random()
    if kind < 0.12:
        text = "default"
    elif kind < 0.25 and file == "config":
        quote = source.choice("\"'")
        text = f"profile {quote}{source.choice(QUOTED + NAMES)}{quote}"
    elif kind < 0.32:
        text = source.choice(QUOTED) if file == "credentials" else f"profile{source.choice([' ', '  ', chr(9)])}{name}"
    elif kind < 0.36:
        text = source.choice(["preview", "plugins", "profile", "profilex", "Profile y", "profile default", f"profile {name}", f"{word} {name} {name}", name])
    elif kind < 0.42 and file == "config":
        text = source.choice([f"sso-session {name}", f"services {name}"])
    else:
        text = f"{word} {name}".strip()
    if source.chance(0.08):
        text = source.blank(0) + text + source.blank(0)
    after = source.choice(["", "", "", "", " # comment", " ; comment", "#comment", " ", "\t"]) if source.chance(0.25) else ""
    return f"[{text}]{after}"


def properties(source):
    for _ in range(source.randint(0, 4)):
        if source.chance(0.08):
            yield source.choice(["# comment", "; comment", "", "  ", "#", "  # indented comment", "\t; indented comment"])
        key = source.choice(KEYS)
        separator = source.blank() + ("=" if not source.chance(0.01) else ":") + source.blank()
        if source.chance(0.1):
            yield f"{source.choice(['s3', 'sts', 'x'])}{separator}".rstrip() if source.chance(0.7) else f"s3{separator}"
            for _ in range(source.randint(1, 3)):
                yield f"{source.choice(['  ', chr(9), ' '])}{source.choice(NESTED)}{source.blank(0)}={source.blank(0)}{source.choice(VALUES)}"
                if source.chance(0.1):
                    yield source.choice(["", "  # comment", "# comment"])
            continue
        value = source.choice(VALUES + JSON_VALUES * (key == "policy"))
        if ":" in separator:
            value = "no equals sign"
        elif source.chance(0.1):
            value += source.choice([" #"] if not value else [" # comment", " ;comment", "\t#x", "#kept", " #", "  ;  a = b"])
        yield f"{key}{separator}{value}{source.blank() if source.chance(0.1) else ''}"
        while source.chance(0.06):
            yield source.choice(["  more", "\tx = y", "  # comment", "  a # b", "", "  {", " ;c"])
    if source.chance(0.03):
        yield source.choice(["no separator", "= value", "export AWS_REGION=x", "[unclosed", "  first = indented"])


def file_text(source, file):
    lines = []
    if source.chance(0.05):
        lines += ["# a comment first", ""]
    for _ in range(source.randint(0, 4)):
        lines.append(header(source, file))
        lines += properties(source)
        if source.chance(0.3):
            lines.append("")
    newline = "\r\n" if source.chance(0.05) else "\n"
    return newline.join(lines) + (newline if source.chance(0.9) else "")


class Found(dict):
    group = dict.get


class Header:
    """The pattern of a section's header, which finds one spelling of each name: SPELLINGS, TRIMMED."""

    @staticmethod
    def match(line):
        found = configparser.RawConfigParser.SECTCRE.match(line)
        if not found:
            return None
        name = found.group("header").strip()
        word, *rest = name.split(maxsplit=1)
        parts = shlex.split(rest[0]) if word in ("profile", "sso-session", "services") and rest else []
        return Found(header=f"{word} {shlex.quote(parts[0])}" if len(parts) == 1 else name)


class Lax(configparser.RawConfigParser):
    """botocore's parser, but for its refusal of what is there twice (TWICE)."""

    SECTCRE = Header

    def __init__(self):
        super().__init__(strict=False)


configloader.configparser = types.SimpleNamespace(RawConfigParser=Lax, Error=configparser.Error)


def theirs(config, credentials):
    """botocore's profiles: {name: {key: value or {key: value}}}, or what it says against the files."""
    try:
        sections = configloader.raw_config_parse(config)
        if "profile default" in sections:  # DEFAULT
            sections.pop("default", None)
        loaded = configloader.build_profile_map(sections)
        for name, values in configloader.raw_config_parse(credentials).items():
            loaded["profiles"].setdefault(name, {}).update(values)
    except ConfigParseError as error:
        return None, str(error.kwargs["error"])
    return loaded["profiles"], ""


def ours(binary, home):
    done = subprocess.run([binary, "config", "show", "--format", "json"], env={"HOME": str(home), "PATH": os.environ["PATH"]}, capture_output=True, timeout=60)
    if done.returncode == 3:
        return None, done.stderr.decode()
    if done.returncode != 0:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["profiles"], ""


def write(folder, number, pair):
    home = folder / str(number)
    (home / ".aws").mkdir(parents=True)
    for file, text in pair.items():
        (home / ".aws" / file).write_bytes(text.encode())
        (home / ".aws" / file).chmod(0o600)
    return home


# Classes of differences, with what AWS's other SDKs and the reference guide say.
COLON = "':' between key and value: botocore takes it, AWS's reference knows '=' alone; an error with its line"
INLINE = "a comment behind a value: botocore keeps it, AWS's reference cuts it where a blank stands before"
PREFIX = "[profile x] in the credentials file: botocore makes a profile of it, AWS's reference ignores it"
TRIMMED = "blanks around a section's name: botocore keeps them in the credentials file, and passes over the section in the other"
SPELLINGS = "a profile under two spellings, like [profile x] and [profile  'x']: botocore takes the last, ours merges them as it merges two of one spelling"
DEFAULT = "[default] beside [profile default]: botocore takes the last, AWS's reference the second as a whole"
REPLACED = "something malformed below a key that is given again later: botocore looks at the last only"
BLANK = "a blank line within a value: botocore keeps it, AWS's reference passes over it"
INDENTED = "an indented line that continues nothing: botocore takes it for a property, AWS's reference does not"
NO_NAME = "a key that AWS's reference does not allow as a name: left out, and told by `config check`"


def is_name(text):
    return re.fullmatch(r"[A-Za-z0-9_\-/.%@:+]+", text) is not None


def cut(value, classes):
    """A value without the comment behind it; JSON is kept whole."""
    first, *rest = value.split("\n")
    if "" in rest:
        classes.add(BLANK)
    rest = [line for line in rest if line]
    if first.startswith("{"):
        try:
            end = json.JSONDecoder().raw_decode(first)[1]
        except ValueError:
            end = len(first)
        if first[end:end + 1] in ("", " ", "\t"):
            classes.update({INLINE} if first[end:] else ())
            return "\n".join([first[:end], *rest])
        return "\n".join([first, *rest])
    shorter = re.split(r"[ \t][#;]", first, maxsplit=1)[0].rstrip() if not re.match(r"[ \t]*[#;]", first) else ""
    if shorter != first:
        classes.add(INLINE)
    return "\n".join([shorter, *rest])


def expected(found, classes):
    """botocore's profiles as ours are to be; adds the classes of what it changed."""
    result = {}
    for name, values in found.items():
        if name.startswith("profile "):
            classes.add(PREFIX)
            continue
        into = result.setdefault(name, {})
        for key, value in values.items():
            if not is_name(key):
                classes.add(NO_NAME)
                continue
            if isinstance(value, str) and value.startswith("#") and all("=" in line for line in value.split("\n")[1:]) and "\n" in value:
                classes.add(INLINE)
                into[key] = {sub.strip(): text.strip() for sub, text in (line.split("=", 1) for line in value.split("\n")[1:])}
            elif isinstance(value, dict):
                into[key] = {sub: cut(text, classes) for sub, text in value.items() if is_name(sub)}
            else:
                into[key] = cut(value, classes)
    return result


def spelled(pair):
    """What botocore does otherwise with the names of sections, if it matters for these files (see theirs)."""
    names = {file: re.findall(r"(?m)^\[([^\]]*)\]", text) for file, text in pair.items()}
    classes = {DEFAULT} if {"default", "profile default"} <= {name.strip() for name in names["config"]} else set()
    classes |= {TRIMMED} if any(name != name.strip() for found in names.values() for name in found) else set()
    plain = [(" ".join(name.split()[1:]).strip("\"'"), name.strip()) for name in names["config"] if len(name.split()) > 1]
    return classes | ({SPELLINGS} if len(set(plain)) > len({name for name, _ in plain}) else set())


def whole_file(pair, against, said):
    """The class of a file that one of the two refuses as a whole, or nothing."""
    text = pair["config"] + "\n" + pair["credentials"]
    if "an indented line that continues nothing" in said:
        return INDENTED
    if "every indented line must be" in said and re.search(r"(?m)=[^\S\n]*[#;].*\n+[ \t]+\S", text):
        return INLINE
    if "every indented line must be" in said and re.search(r"(?m)=[ \t]*\r?\n+[ \t]+[^=\n]*$", text):
        return REPLACED
    if re.search(r"(?m)^[^=#;\s\[][^=:]*:", text) and (said or against):
        return COLON
    return None


def main():
    binary, count = sys.argv[1], int(sys.argv[2])
    seed = int(os.environ.get("SHARED_CONFIG_SEED") or random.randrange(2**32))
    source = Source(seed)
    tally = Tally("shared-config", f"{count} pairs of files", f"botocore {botocore.__version__}")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(4) as pool:
        pairs = [{"config": file_text(source, "config"), "credentials": file_text(source, "credentials")} for _ in range(count)]
        homes = [write(pathlib.Path(folder), number, pair) for number, pair in enumerate(pairs)]
        for number, (pair, home, (mine, said)) in enumerate(zip(pairs, homes, pool.map(lambda home: ours(binary, home), homes))):
            found, against = theirs(str(home / ".aws/config"), str(home / ".aws/credentials"))
            tally.add(compare(pair, found, against, mine, said),
                      f"seed {seed}, pair {number}\n--- config\n{pair['config']}\n--- credentials\n{pair['credentials']}")
    tally.finish()


def compare(pair, found, against, mine, said):
    """None when both read the same, the set of classes when each difference belongs to one, else what differs."""
    if found is None or mine is None:
        if found is None and mine is None:
            return None
        why = whole_file(pair, against, said)
        return {why} if why else f"botocore: {against or 'reads it'}\nours: {said or 'reads it'}"
    classes = spelled(pair)
    wanted = expected(found, classes)
    if wanted == mine:
        return classes or None
    lines = []
    for name in sorted({*wanted, *mine}):
        its, our = wanted.get(name), mine.get(name)
        if its is None or our is None:
            lines.append(f"[{name}] botocore {its!r}, ours {our!r}")
            continue
        lines += [f"[{name}] {key}: botocore {its.get(key)!r}, ours {our.get(key)!r}" for key in sorted({*its, *our}) if its.get(key) != our.get(key)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
