"""aws-credential-process (meeuw): one row for each thing that a script could depend on."""
import datetime
import json
import pathlib
import subprocess

from dialect import Row, Table
from test_keys import SecretServiceCase

KEYS = "[default]\naws_access_key_id = <id>\naws_secret_access_key = <secret>\n"
JSON = ('{"Version": 1, "AccessKeyId": "<key id>", "SecretAccessKey": "<secret key>", "SessionToken": "<token>", '
        '"Expiration": "<offset until>"}')
SHELL = "export AWS_ACCESS_KEY_ID=<key id>\nexport AWS_SECRET_ACCESS_KEY=<secret key>\nexport AWS_SESSION_TOKEN=<token>\n"
MFA = "--mfa-serial-number <serial>"
SESSION = ("GetSessionToken", {"SerialNumber": "<serial>", "TokenCode": "<code>"})
ROLE = ("AssumeRole", {"RoleArn": "<role>", "RoleSessionName": "aws_credential_process"})
BOTH = (SESSION, ROLE)
AS = f"{MFA} --assume-role-arn <role>"
FILE = ".config/aws-credential-process/config.toml"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def ok(says, argv, calls=(SESSION,), out=JSON, credentials=KEYS, **more):
    return Row(says, argv, out, calls=calls, credentials=credentials, **more)


def filed(says, toml, calls=(SESSION,), argv="--config-section dev", **more):
    return ok(says, argv, calls, files={FILE: toml}, **more)


def refused(says, argv, err, code=1, credentials=KEYS, **more):
    return Row(says, argv, "", code, err, credentials=credentials, **more)


def session(**more):
    return (SESSION[0], SESSION[1] | more)


def role(**more):
    return (ROLE[0], ROLE[1] | more)


DEV = '[[dev]]\nmfa_serial_number = "<serial>"\n'

ROWS = (
    # Sessions.
    ok("a session, with the keys of [default], on one line without an end", MFA),
    ok("--option=value", "--mfa-serial-number=<serial>"),
    ok("as a command of touchsts", f"aws-credential-process {MFA}", program="touchsts"),
    ok("by the name of a Python file", MFA, program="aws_credential_process.py"),
    ok("by a path", MFA, program="/usr/local/bin/aws-credential-process"),
    ok("the last value wins", f"--mfa-serial-number arn:aws:iam::1:mfa/x {MFA}"),
    ok("an empty value is none", f"{MFA} --assume-role-arn '' --mfa-session-duration 900", (session(DurationSeconds="900"),)),
    ok("--mfa-session-duration", f"{MFA} --mfa-session-duration 1800", (session(DurationSeconds="1800"),)),
    ok("--credentials-section", f"{MFA} --credentials-section work", credentials=KEYS.replace("default", "work")),
    ok("AWS_SHARED_CREDENTIALS_FILE does not count", MFA, env={"AWS_SHARED_CREDENTIALS_FILE": "<home>/none"}),
    ok("AWS_PROFILE and AWS_ACCESS_KEY_ID do not count", MFA, env={"AWS_PROFILE": "none", "AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "x"}),
    ok("keys by option", f"{MFA} --access-key-id <id> --secret-access-key <secret>", credentials=None),
    ok("keys by option come before the file", f"{MFA} --access-key-id <id> --secret-access-key <secret>",
       credentials="[default]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n"),
    ok("--output-format shell", f"{MFA} --output-format shell", out=SHELL),
    ok("--output-format json", f"{MFA} --output-format json"),
    ok("other options may follow", f"{MFA} --pin-entry pinentry --mfa-oath-slot ada --log-file <home>/log"),
    ok("the region of AWS_PROFILE's config", MFA, env={"AWS_DEFAULT_REGION": ""}, config="[default]\nregion = eu-west-1\n"),
    # Roles.
    ok("a role, with the session that MFA gave", AS, BOTH),
    ok("--assume-session-duration", f"{AS} --assume-session-duration 900", (SESSION, role(DurationSeconds="900"))),
    ok("--assume-session-duration 0 is none", f"{AS} --assume-session-duration 0", BOTH),
    ok("--assume-role-role-session-name", f"{AS} --assume-role-role-session-name deploy", (SESSION, role(RoleSessionName="deploy"))),
    ok("--assume-role-source-identity", f"{AS} --assume-role-source-identity ada", (SESSION, role(SourceIdentity="ada"))),
    ok("--assume-role-policy", f"{AS} --assume-role-policy '{POLICY}'", (SESSION, role(Policy=POLICY))),
    ok("--assume-role-policy @FILE, verbatim", f"{AS} --assume-role-policy @<home>/policy.json", (SESSION, role(Policy=POLICY + "\n")),
       files={"policy.json": POLICY + "\n"}),
    ok("--assume-role-policy-arns, repeated", f"{AS} --assume-role-policy-arns arn:aws:iam::aws:policy/A --assume-role-policy-arns arn:aws:iam::aws:policy/B",
       (SESSION, role(**{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A", "PolicyArns.member.2.arn": "arn:aws:iam::aws:policy/B"}))),
    ok("session duration 0: the code goes with the role", f"{AS} --mfa-session-duration 0", (role(SerialNumber="<serial>", TokenCode="<code>"),)),
    # What is held.
    ok("a session that is held is used, by a role too", AS, (ROLE,), first=(MFA,)),
    ok("a role that is held is used", AS, (), first=(AS,)),
    ok("--force-renew-assume-role keeps the session", f"{AS} --force-renew-assume-role", (ROLE,), first=(AS,)),
    ok("--force-renew-session gets both anew", f"{AS} --force-renew-session", BOTH, first=(AS,)),
    ok("another policy is another session, not the old, broader one", f"{AS} --assume-role-policy '{POLICY}'", (role(Policy=POLICY),), first=(AS,)),
    ok("another session name is another session", f"{AS} --assume-role-role-session-name deploy", (role(RoleSessionName="deploy"),), first=(AS,)),
    ok("--output-format does not matter for what is held", f"{AS} --output-format shell", (), SHELL, first=(AS,)),
    ok("the secret key is kept: later the id is enough", f"{MFA} --access-key-id <id> --force-renew-session", credentials=None,
       first=(f"{MFA} --access-key-id <id> --secret-access-key <secret>",)),
    # The configuration file.
    filed("[[dev]]", DEV),
    filed("[dev], as the original's manual has it", DEV.replace("[[dev]]", "[dev]")),
    filed("options come before it", DEV.replace("<serial>", "arn:aws:iam::1:mfa/x"), argv=f"--config-section dev {MFA}"),
    filed("an empty option does not", DEV, argv="--config-section dev --mfa-serial-number ''"),
    filed("top-level values are inherited", 'mfa_serial_number = "<serial>"\n[[dev]]\n'),
    filed("values of the table above are inherited", '[[org]]\nmfa_serial_number = "<serial>"\n[[org.dev]]\n'),
    filed("its own values come first", 'mfa_serial_number = "arn:aws:iam::1:mfa/x"\n[[org]]\n[[org.dev]]\nmfa_serial_number = "<serial>"\n'),
    filed("the level above is a section too", '[[dev]]\nmfa_serial_number = "<serial>"\n[[dev.below]]\nassume_role_arn = "<role>"\n'),
    filed("a later section of a name replaces an earlier", '[[dev]]\nmfa_serial_number = "x"\n[[dev]]\nmfa_serial_number = "<serial>"\n'),
    filed("{section} is its name", DEV + 'assume_role_arn = "arn:aws:iam::123456789012:role/{section}"\n'.replace("{section}", "ops")
          + 'assume_role_role_session_name = "in-{section}"\n', (SESSION, role(RoleSessionName="in-dev"))),
    filed("{{ is {", DEV + 'log_file = "<home>/{{x}}"\n'),
    filed("JSON's braces are its own", DEV + "assume_role_arn = \"<role>\"\nassume_role_policy = '" + POLICY + "'\n", (SESSION, role(Policy=POLICY))),
    filed("a list of policies", DEV + 'assume_role_arn = "<role>"\nassume_role_policy_arns = ["arn:aws:iam::aws:policy/A"]\n',
          (SESSION, role(**{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A"}))),
    filed("durations, one as a text", DEV + 'assume_role_arn = "<role>"\nmfa_session_duration = "900"\nassume_session_duration = 1200\n',
          (session(DurationSeconds="900"), role(DurationSeconds="1200"))),
    filed("an option's 0 counts for the MFA session", DEV + 'assume_role_arn = "<role>"\nmfa_session_duration = 900\n',
          (role(SerialNumber="<serial>", TokenCode="<code>"),), argv="--config-section dev --mfa-session-duration 0"),
    filed("an option's 0 does not count for the role", DEV + 'assume_role_arn = "<role>"\nassume_session_duration = 900\n',
          (SESSION, role(DurationSeconds="900")), argv="--config-section dev --assume-session-duration 0"),
    filed("a number for credentials_section", DEV + "credentials_section = 1234\n", credentials=KEYS.replace("default", "1234")),
    filed("keys in the file", DEV + 'access_key_id = "<id>"\nsecret_access_key = "<secret>"\n', credentials=None),
    filed("output_format in the file does nothing", DEV + 'output_format = "shell"\n'),
    filed("force_renew_session in the file", DEV + "force_renew_session = true\n", first=("--config-section dev",)),
    ok("--config-file, with ~", "--config-section dev --config-file ~/other.toml", files={"other.toml": DEV}),
    ok("without --config-section the file is not read", MFA, files={FILE: "this is no TOML\n"}),
    # What is wrong.
    refused("no configuration file", "--config-section dev", "Config file <home>/.config/aws-credential-process/config.toml doesn't exist.\n",
            files={FILE: None}),
    refused("no such section", "--config-section prod", "prod not found in config file\n", files={FILE: DEV}),
    refused("no serial", "", "Required mfa_serial_number not set\n"),
    refused("no serial, though no session is wanted", "--mfa-session-duration 0 --assume-role-arn <role>", "Required mfa_serial_number not set\n"),
    refused("no key id", MFA, "WARNING:root:No --access_key_id supplied and could not load from ~/.aws/credentials.\n", credentials=None),
    refused("the file is not read when only the secret is given", f"{MFA} --secret-access-key x",
            "WARNING:root:No --access_key_id supplied and could not load from ~/.aws/credentials.\n"),
    refused("no secret key", f"{MFA} --access-key-id AKIANOBODY",
            "WARNING:root:Secret access key is not supplied as argument and couldn't it load from keyring.\n"),
    refused("neither session nor role", f"{MFA} --mfa-session-duration 0", "WARNING:root:Cannot do MFA without session\n"),
    refused("with a log file stderr stays empty", f"{MFA} --mfa-session-duration 0 --log-file <home>/warned", ""),
    refused("no TOML, as in the original's manual", "--config-section dev", "*line 3: ", files={FILE: DEV + "pin_entry = /usr/local/bin/pin_entry\n"}),
    refused("a program that depends on the current folder", "--config-section dev", "*pin_entry in <home>/.config/aws-credential-process/config.toml is not run: './pin'"
            " depends on the current folder", files={FILE: DEV + 'pin_entry = "./pin"\n'}),
    refused("a list of something else", "--config-section dev", "*must be a text in quotes", files={FILE: DEV + "assume_role_policy_arns = [1]\n"}),
    refused("a duration that is none", "--config-section dev", "*mfa-session-duration 'long' is not a number of seconds",
            files={FILE: DEV + 'mfa_session_duration = "long"\n'}),
    refused("a policy file that is not there", f"{AS} --assume-role-policy @<home>/none", "*there is no file <home>/none"),
    refused("a role that is none, by the name of the option", f"{MFA} --assume-role-arn nonsense",
            "aws-credential-process: --assume-role-arn 'nonsense' is not the ARN of one; it looks like arn:aws:iam::123456789012:role/NAME\n"),
    refused("a session that is too short", f"{MFA} --mfa-session-duration 1", "*--mfa-session-duration 1 is not between 900 and 129600"),
    refused("a wrong option", "--frob", "*unrecognized arguments: --frob", 2),
    refused("half an option", "--mfa-serial <serial>", "*unrecognized arguments: --mfa-serial", 2),
    refused("-h is none", "-h", "*unrecognized arguments: -h", 2),
    refused("a word", "now", "*there is an argument too many", 2),
    refused("no number", f"{MFA} --mfa-session-duration 1h", "*invalid int value", 2),
    refused("a format that is none, before STS is asked", f"{MFA} --output-format junk", "*'--output-format': it is neither json nor shell", 2),
    refused("a value that is missing", "--mfa-serial-number", "*expected one argument", 2),
    Row("--version", "--version", "aws-credential-process, version 0.20.0\n", credentials=None),
)


class AwsCredentialProcess(Table):
    program = "aws-credential-process"
    rows = ROWS
    types_code = True

    def test_each_row(self):
        self.run_rows()

    def test_what_is_held_is_used_until_ten_seconds_before_its_end(self):
        with self.surroundings() as where:
            for seconds, calls in ((20, 0), (9, 1)):
                with self.subTest(seconds):
                    where.forget()
                    where.service.duration_override = seconds
                    texts = self.texts(where)
                    row = Row("", MFA, credentials=KEYS)
                    self.lay_out(where, row, texts)
                    for wanted in (1, calls):
                        before = where.service.count()
                        done = self.call(where, row, MFA, texts | {"code": where.service.fresh_code(where.user)})
                        self.assertEqual((done.returncode, done.stderr, where.service.count() - before), (0, "", wanted))



KEYRING = """
import sys
sys.path.insert(0, "/usr/lib/python3/dist-packages")
import keyring
service, command, user = "aws_credential_process", *sys.argv[1:3]
if command == "set":
    keyring.set_password(service, user, sys.stdin.read())
else:
    sys.stdout.write(keyring.get_password(service, user) or "")
"""


class Interop(SecretServiceCase):
    """With Python's own keyring library, by which the original keeps what it keeps, and the real gnome-keyring-daemon."""

    def setUp(self):
        super().setUp()
        if not pathlib.Path("/usr/lib/python3/dist-packages/keyring").exists():
            self.skipTest("python3-keyring not installed")
        self.where.environment["AWS_DEFAULT_REGION"] = "us-east-1"
        (self.where.home / ".aws/credentials").write_text("")
        self.key_id, self.secret = self.where.user.access_key_id, self.where.user.secret
        self.options = ["--mfa-serial-number", self.where.serial, "--access-key-id", self.key_id]
        self.config("true")

    def config(self, interop):
        file = self.where.home / FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"[[on]]\ninterop = {interop}\n")

    def python(self, command, user, text=None):
        done = subprocess.run(["/usr/bin/python3", "-c", KEYRING, command, user], input=text, env=self.where.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def calls(self, *options, code=0):
        before = self.where.service.count()
        done = self.where.run("aws-credential-process", *self.options, *options)
        self.assertEqual(done.returncode, code, done.stderr)
        return self.where.service.count() - before

    def test_a_secret_key_that_the_original_kept_is_found(self):
        self.assertEqual(self.calls(code=1), 0)
        self.python("set", self.key_id, self.secret)
        self.type_code()
        self.assertEqual(self.calls(), 1)

    def type_code(self):
        """By pinentry, as in the table."""
        texts = {"code": self.where.service.fresh_code(self.where.user)}
        row = Row("", "--help")
        AwsCredentialProcess.call(AwsCredentialProcess(), self.where, row, row.argv, texts)

    def test_a_secret_key_and_sessions_are_where_the_original_looks_only_when_asked_for(self):
        self.type_code()
        role = ["--assume-role-arn", self.where.role]
        self.assertEqual(self.calls("--secret-access-key", self.secret, *role), 2)
        users = [self.key_id, f"{self.key_id}-mfa-session", f"{self.key_id}-assume-session-{self.where.role}"]
        self.assertEqual([self.python("get", user) for user in users], ["", "", ""])
        self.config("false")
        self.where.forget()
        self.type_code()
        self.assertEqual(self.calls("--secret-access-key", self.secret, "--config-section", "on", *role), 2)
        self.assertEqual([self.python("get", user) for user in users], ["", "", ""])
        self.config("true")
        self.where.forget()
        self.type_code()
        self.assertEqual(self.calls("--secret-access-key", self.secret, "--config-section", "on", *role), 2)
        self.assertEqual(self.python("get", users[0]), self.secret)
        for user, session in zip(users[1:], list(self.where.service.sessions.values())[-2:]):
            until = datetime.datetime.fromtimestamp(int(session.expires), datetime.timezone.utc).isoformat()
            self.assertEqual(self.python("get", user), json.dumps({"expiration": until, "access_key_id": session.access_key_id,
                                                                   "secret_access_key": session.secret, "session_token": session.token}))
        shown = self.tool("search", "--all", "username", users[1])
        self.assertIn(f"label = Password for '{users[1]}' on 'aws_credential_process'\n".encode(), shown.stdout)
        self.assertIn(b"attribute.application = Python keyring library\n", shown.stdout + shown.stderr)

    def test_the_originals_sessions_are_taken_when_asked_for_and_long_enough(self):
        self.python("set", self.key_id, self.secret)
        self.type_code()
        self.assertEqual(self.calls(), 1)
        session = list(self.where.service.sessions.values())[-1]

        def keep(user, seconds, **other):
            until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=seconds)
            self.python("set", user, json.dumps({"expiration": until.isoformat(), "access_key_id": session.access_key_id, "secret_access_key": session.secret,
                                                 "session_token": session.token} | other))
        user = f"{self.key_id}-mfa-session"
        role = ["--assume-role-arn", self.where.role]
        for seconds, calls in ((120, 0), (5, 1)):
            self.where.forget()
            keep(user, seconds)
            self.type_code()
            self.assertEqual(self.calls("--config-section", "on"), calls)
        self.where.forget()
        keep(user, 3600)
        self.assertEqual(self.calls("--config-section", "on", *role), 1)  # the role alone
        keep(f"{self.key_id}-assume-session-{self.where.role}", 3600)
        self.where.forget()
        self.assertEqual(self.calls("--config-section", "on", *role), 0)
        # What its name does not tell is not taken for the same.
        for option in (["--assume-role-policy", POLICY], ["--assume-role-role-session-name", "me"], ["--assume-role-source-identity", "me"]):
            self.assertEqual(self.calls("--config-section", "on", *role, *option), 1)
        for bad in ("", "{", "[]", '{"expiration": 1}', '{"expiration": "2099-01-01T00:00:00+00:00"}', "x" * 100_000):
            self.where.forget()
            self.python("set", user, bad)
            self.type_code()
            self.assertEqual(self.calls("--config-section", "on"), 1, bad[:20])
