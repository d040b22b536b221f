"""Tables of compatibility cases: a command line, its surroundings, and all that a script could see of it.

In every text <id>, <secret>, <serial>, <role>, <plain>, <code>, <home> and <origin> stand for what the case's place has,
and <key id>, <secret key>, <token>, <until>, <spaced until>, <offset until> for what STS gave last."""
import contextlib
import dataclasses
import datetime
import os
import shlex
import subprocess

from support import BINARY, Case, place


@dataclasses.dataclass
class Row:
    says: str                 # what the case holds the program to
    argv: str                 # as a shell would split it
    out: str = ""             # stdout, byte for byte
    code: int = 0             # exit code
    err: str = ""             # stderr; "*" is one line, whatever it says; "*TEXT" one line with TEXT in it
    calls: tuple = ()         # what STS saw: (action, parameters); "TokenCode": "<code>" where there is one
    env: dict = dataclasses.field(default_factory=dict)
    credentials: str | None = ""  # None: there is no such file
    config: str | None = None
    after: str | None = None  # the credentials file afterwards; None: as before
    files: dict = dataclasses.field(default_factory=dict)  # more files, by path from the home folder
    first: tuple = ()         # command lines before; STS's calls and what they print do not count
    program: str = ""         # another name to call it by than the table's
    stdin: str | None = None
    first_stdin: str | None = None  # of those before


def content(file):
    """With its line ends as they are."""
    return file.read_bytes().decode() if file.exists() else None


class Table(Case):
    """A test case with a `program` and `rows`."""
    program = ""
    rows = ()
    types_code = False  # into pinentry, the only way in where there is no terminal

    def texts(self, where):
        texts = {"id": where.user.access_key_id, "secret": where.user.secret, "serial": where.serial, "role": where.role,
                 "plain": where.plain_role, "home": str(where.home), "origin": where.environment["AWS_ENDPOINT_URL_STS"]}
        for session in list(where.service.sessions.values())[-1:]:
            until = datetime.datetime.fromtimestamp(int(session.expires), datetime.timezone.utc)
            texts |= {"key id": session.access_key_id, "secret key": session.secret, "token": session.token,
                      "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "spaced until": until.strftime("%Y-%m-%d %H:%M:%S"),
                      "offset until": until.strftime("%Y-%m-%dT%H:%M:%S+00:00")}
        return texts

    @staticmethod
    def filled(text, texts):
        for name, value in texts.items():
            text = text.replace(f"<{name}>", value)
        return text

    def lay_out(self, where, row, texts):
        for path, text in {".aws/credentials": row.credentials, ".aws/config": row.config, **row.files}.items():
            file = where.home / path
            file.unlink(missing_ok=True)
            if text is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(self.filled(text, texts).encode())
                file.chmod(0o600)

    def call(self, where, row, argv, texts):
        if self.types_code:
            pinentry = where.folder / "pinentry"
            pinentry.write_text("#!/bin/sh\necho OK Pleased to meet you\nwhile read -r line; do\n"
                                f"case $line in GETPIN) echo D {texts['code']}; echo OK;; *) echo OK;; esac\ndone\n")
            pinentry.chmod(0o755)
            where.environment |= {"DISPLAY": ":9", "PATH": f"{where.folder}:/usr/bin:/bin"}
        words = shlex.split(self.filled(argv, texts))
        environment = where.environment | {name: self.filled(value, texts) for name, value in row.env.items()}
        options = {"input": self.filled(row.stdin, texts)} if row.stdin is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run([row.program or self.program, *words], executable=BINARY, env=environment, capture_output=True, text=True,
                              timeout=60, start_new_session=True, **options)

    def check(self, where, row):
        where.forget()
        where.service.sessions.clear()
        texts = self.texts(where) | {"code": where.service.fresh_code(where.user)}
        self.lay_out(where, row, texts)
        for argv in row.first:
            done = self.call(where, dataclasses.replace(row, stdin=row.first_stdin), argv, texts)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            texts = self.texts(where) | {"code": where.service.fresh_code(where.user)}
        before = where.service.count()
        credentials = where.home / ".aws/credentials"
        old = content(credentials)
        done = self.call(where, row, row.argv, texts)
        texts |= self.texts(where)
        self.assertEqual(done.stdout, self.filled(row.out, texts), done.stderr)
        if row.err.startswith("*"):
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(self.filled(row.err[1:], texts), done.stderr)
        else:
            self.assertEqual(done.stderr, self.filled(row.err, texts))
        self.assertEqual(done.returncode, row.code)
        seen = tuple((call.action, {key: value for key, value in call.parameters.items() if key not in ("Action", "Version")})
                     for call in where.service.calls[before:])
        wanted = tuple((action, {key: self.filled(value, texts) for key, value in parameters.items()}) for action, parameters in row.calls)
        self.assertEqual(seen, wanted)
        after = old if row.after is None else self.filled(row.after, texts)
        self.assertEqual(content(credentials), after)

    def run_rows(self):
        with self.surroundings() as where:
            for row in self.rows:
                with self.subTest(row.says, argv=row.argv):
                    self.check(where, row)
        print(f"{self.program}: {len(self.rows)} cases", flush=True)

    @contextlib.contextmanager
    def surroundings(self):
        with place() as where:
            where.environment["USER"] = where.environment["LOGNAME"] = "ada"
            where.environment["AWS_DEFAULT_REGION"] = "us-east-1"
            os.unlink(where.home / ".aws/config")
            yield where
